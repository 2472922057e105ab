using static TorchSharp.torch;

namespace Ensembles;

// Other ensembles of the same components: with fewer of them, with another member, with copies of one.
public sealed partial class Components
{
    /// <summary>Fronts and members.</summary>
    internal Components WithoutGates() =>
        new([.. own.Where(component => !component.IsGate)], voting, weights, Quorum, kept) { declared = declared };

    /// <summary>
    /// The components without one, or without one of an ensemble among the members, by its path; without the whole of
    /// that where none votes in it any more. The quorum shrinks with the members.
    /// </summary>
    internal Components Without(string name)
    {
        if (own.FirstOrDefault(component =>
            component.Inside is not null && name.StartsWith($"{component.Name}.", StringComparison.Ordinal))
            is { Inside: { } inside } around)
        {
            var reduced = inside.Without(name[(around.Name.Length + 1)..]);
            if (!reduced.own.Any(IsVoter))
                return Without(around.Name);
            return new(
                [.. own.Select(component => component == around ? new(around.Name, reduced) : component)],
                voting, weights, Quorum, kept)
            {
                Vote = Vote,
                declared = declared,
            };
        }

        var voters = own.Where(IsVoter).ToList();
        var remaining = own.Where(component => component.Name != name).ToList();
        var places = kept ?? [.. Enumerable.Range(0, voters.Count)];
        return new(
            remaining, voting, weights, Math.Min(Quorum, remaining.Count(IsVoter)),
            voters.Any(voter => voter.Name == name)
                ? [.. places.Where((_, i) => voters[i].Name != name)]
                : kept)
        {
            Vote = Vote,
            declared = declared,
        };
    }

    /// <summary>One member behind all that it sees images through, without gates.</summary>
    internal Components Only(int member)
    {
        var chosen = All.Where(component => component.IsMember).ElementAt(member);
        return new(
            [.. Before(chosen).Select(front => new Component(front.Name, front.Module)),
                new(chosen.Name, (Classifier)chosen.Module)],
            voting, ones(1, device: weights.device), quorum: 1);
    }

    /// <summary>
    /// The components with another classifier in the place of a member, by its path; the member may be an ensemble,
    /// whose fronts and gates go with it.
    /// </summary>
    internal Components With(string name, Classifier member) => new(
        [
            .. own.Select(component =>
                component.Name == name ? new Component(name, member)
                : component.Inside is { } inside && name.StartsWith($"{component.Name}.", StringComparison.Ordinal)
                    ? new(component.Name, inside.With(name[(component.Name.Length + 1)..], member))
                : component),
        ],
        voting, weights, Quorum, kept)
    {
        Vote = Vote,
        declared = declared,
    };

    /// <summary>
    /// Classifiers that vote alike, with equal weights, behind what a member sees the images through; without gates. A
    /// rule that is fitted to the members there are gives way to <see cref="MeanProbability"/>.
    /// </summary>
    /// <param name="member">The member's place.</param>
    /// <param name="copies">The classifiers, one of them as often as it votes.</param>
    internal Components Copies(int member, IReadOnlyList<Classifier> copies)
    {
        var fronts = Only(member).OwnFronts;
        return new(
            [.. fronts, .. copies.Select((copy, i) => new Component($"copy {i + 1}", copy))],
            Vote is null ? voting : VotingRule.From<MeanProbability>(),
            full([copies.Count], 1f / copies.Count, device: weights.device),
            Math.Min(Quorum, copies.Count));
    }
}
