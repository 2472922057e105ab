using Ensembles.Attacks;
using static System.FormattableString;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// Whether logits change little by little where a decision changes. Where they jump, as those of a network that adds a
/// constant to the largest of them do, the gradient on either side says nothing of the jump, and neither does the lead:
/// attacks by gradients and by scores follow whatever is left, and find nothing.
/// </summary>
/// <remarks>
/// On the line between two images that a member gives different labels there is a place where its label changes. It is
/// enclosed until both ends lie a thousandth of the radius apart, less than an attack's step. The change of the lead
/// between these ends is compared with its change along the whole line: networks have some thousandths, a jump or a
/// ramp as steep as one has most of it. Parts that declare a surrogate may jump, and what draws is not looked at.
/// </remarks>
static class ContinuityCheck
{
    /// <summary>The most lines for each member.</summary>
    const int Lines = 32;

    /// <summary>How near the ends come to each other, as a share of the radius.</summary>
    const double Distance = 1e-3;

    /// <summary>The share of a lead's way that it may go between the ends.</summary>
    const double Allowed = 0.02;

    /// <summary>The share of lines on which it may go further.</summary>
    const double LinesAllowed = 0.1;

    /// <summary>Runs the check.</summary>
    /// <param name="surface">The defense.</param>
    /// <param name="images">Images.</param>
    /// <param name="threat">Ends are a share of its radius apart.</param>
    /// <param name="options">Cancellation.</param>
    public static CheckOutcome Run(
        AttackSurface surface, LabeledImages images, ThreatModel threat, EvaluationOptions options)
    {
        using var first = images.Take(Lines);
        var (looked, largest) = (0, 0.0);
        var jumping = new List<string>();
        for (var m = 0; m < surface.Members.Count; m++)
        {
            var member = surface.Alone(m);
            if (member.Modules.Any(module => module is INonDifferentiable || Ensembles.Draws.IsRandomized(module)))
                continue;
            options.Cancellation.ThrowIfCancellationRequested();
            var shares = Shares(member, first.Images, threat);
            if (shares.Length == 0)
                continue;
            looked++;
            var over = shares.Count(share => share > Allowed);
            if (over > LinesAllowed * shares.Length)
                jumping.Add(Invariant($"{surface.Members[m]}, on {over} of {Wording.Count(shares.Length, "line")} ")
                    + Invariant($"between images ({shares.Max():p0} of its way at once)"));
            else
                largest = Math.Max(largest, shares.Order().ElementAt((int)(0.9 * (shares.Length - 1))));
        }

        return jumping.Count > 0
            ? new CheckOutcome(false, "Where the decision changes the lead of the winner jumps: "
                + $"{string.Join(" and ", jumping)}. No gradient and no score tells of that, so attacks find less than "
                + "there is: return what the decision is made of, or declare INonDifferentiable with a surrogate")
            : new CheckOutcome(true, looked == 0
                ? "every part declares a surrogate, draws, or gives one label"
                : Invariant($"where a decision changes the lead goes {largest:p2} of its way within a ")
                    + Invariant($"thousandth of the radius (at most {Allowed:p0})"));
    }

    /// <summary>For each line the share of the lead's way that it goes between the ends.</summary>
    static double[] Shares(AttackSurface member, Tensor images, ThreatModel threat)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        long[] labels = HostMemory.ReadLongs(Logits(member, images).argmax(1));
        (long From, long To)[] lines =
        [
            .. from i in Enumerable.Range(0, labels.Length)
               let others = Enumerable.Range(1, labels.Length - 1).Select(step => (i + step) % labels.Length)
               from j in others.Where(j => labels[j] != labels[i]).Take(1)
               select ((long)i, (long)j),
        ];
        if (lines.Length == 0)
            return [];
        var from = images.index_select(0, tensor([.. lines.Select(line => line.From)], device: images.device));
        var to = images.index_select(0, tensor([.. lines.Select(line => line.To)], device: images.device));
        var winner = tensor([.. lines.Select(line => labels[line.From])], device: images.device).unsqueeze(1);
        Tensor At(Tensor place) => from + (to - from) * place.to_type(ScalarType.Float32).view(-1, 1, 1, 1);
        Tensor Lead(Tensor shown)
        {
            var logits = Logits(member, shown);
            var own = logits.gather(1, winner).squeeze(1);
            return own - logits.scatter(1, winner, full_like(winner, double.NegativeInfinity, dtype: logits.dtype))
                .amax([1]);
        }

        var (low, high) = (zeros(lines.Length, dtype: ScalarType.Float64, device: images.device),
            ones(lines.Length, dtype: ScalarType.Float64, device: images.device));
        var (atLow, atHigh) = (Lead(from), Lead(to));
        var way = atLow - atHigh;
        var shortest = Distance * threat.Epsilon / threat.Norm.Distances(to, from).max().item<double>();
        for (var width = 1.0; width > Math.Max(shortest, 1e-6); width /= 2)
        {
            var middle = (low + high) / 2;
            var lead = Lead(At(middle));
            var stays = lead.ge(0);
            (low, high) = (where(stays, middle, low), where(stays, high, middle));
            (atLow, atHigh) = (where(stays, lead, atLow), where(stays, atHigh, lead));
        }

        var shares = (atLow - atHigh) / way;
        return [.. shares.cpu().data<double>().ToArray().Where(double.IsFinite)];
    }

    static Tensor Logits(AttackSurface member, Tensor images) =>
        member.Evaluate(images, 1).MemberLogits[0].to_type(ScalarType.Float64);
}
