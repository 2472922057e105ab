using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// The vote where members abstain: an ensemble that is a member of another abstains where it rejects.
/// </summary>
/// <remarks>
/// <para>On each image the vote is that of the members that do not abstain, as if the others were not there: their
/// weights are scaled to sum to 1, and a rule that divides by the number of members divides by theirs. So every rule,
/// also one of a user's own, gives what the ensemble without those members gives for the image. Where all abstain the
/// image is rejected.</para>
/// <para>The quorum stays as it is declared: an abstention is no agreement, and making members abstain never makes it
/// easier to have an image accepted. Where fewer vote than must agree, <see cref="Quorum"/> rejects.</para>
/// </remarks>
public static class Abstention
{
    /// <summary>
    /// Where an ensemble abstains, bool [N]: where its label is <see cref="Decision.Reject"/> and its scores are
    /// numbers.
    /// </summary>
    /// <param name="scores">Its scores [N, K].</param>
    /// <param name="labels">Its labels [N].</param>
    public static Tensor Where(Tensor scores, Tensor labels) =>
        labels.eq(Constant.Of(Decision.Reject)).logical_and(scores.isnan().any(-1).logical_not());

    /// <summary>Where a classifier of these logits [N, K] abstains: nowhere, bool [N].</summary>
    public static Tensor Never(Tensor logits) => zeros(logits.size(0), dtype: ScalarType.Bool, device: logits.device);

    /// <summary>
    /// Scores [N, K] and labels [N] of those that do not abstain. Where all do, the scores are those of them all and
    /// the label is <see cref="Decision.Reject"/>.
    /// </summary>
    /// <param name="voting">The voting rule.</param>
    /// <param name="ballot">What all M members say of N images, abstaining or not.</param>
    /// <param name="abstains">Who abstains where, bool [M, N].</param>
    public static (Tensor Scores, Tensor Labels) Vote(VotingRule voting, Ballot ballot, Tensor abstains)
    {
        var voted = Voted(ballot, abstains, cast =>
        {
            var scores = voting.Scores(cast);
            return [scores, voting.Labels(cast, scores)];
        });
        return (voted[0], voted[1].masked_fill(abstains.all(0), Constant.Of(Decision.Reject)));
    }

    /// <summary>
    /// What is made of ballots, [N, ...] each: images on which the same members vote are put together, and their rows
    /// of the answers go back to their places.
    /// </summary>
    internal static Tensor[] Voted(Ballot ballot, Tensor abstains, Func<Ballot, Tensor[]> of)
    {
        var (members, images) = ((int)abstains.size(0), (int)abstains.size(1));
        var flags = abstains.cpu().contiguous().data<bool>().ToArray();
        if (!flags.Contains(true))
            return of(ballot);

        var device = ballot.MemberLogits.device;
        Tensor Index(IEnumerable<long> places) => tensor([.. places], device: device);
        List<long> order = [];
        List<Tensor[]> parts = [];
        foreach (var alike in Enumerable.Range(0, images).GroupBy(Voters))
        {
            long[] rows = [.. alike.Select(image => (long)image)];
            var ofRows = ballot.MemberLogits.index_select(1, Index(rows));
            // Where nobody votes something is to be followed all the same.
            var voters = alike.Key.Contains('1') ? alike.Key : alike.Key.Replace('0', '1');
            var present = Index(Enumerable.Range(0, members).Where(m => voters[m] == '1').Select(m => (long)m));
            var weights = ballot.Weights.index_select(0, present);
            parts.Add(of(present.size(0) == members
                ? ballot with { MemberLogits = ofRows }
                : new(ofRows.index_select(0, present), weights / weights.sum(), ballot.Quorum)));
            order.AddRange(rows);
        }

        var places = new long[images];
        for (var i = 0; i < images; i++)
            places[order[i]] = i;
        var back = Index(places);
        return [.. parts[0].Select((_, i) => cat([.. parts.Select(part => part[i])]).index_select(0, back))];

        string Voters(int image) =>
            string.Concat(Enumerable.Range(0, members).Select(m => flags[(m * images) + image] ? '0' : '1'));
    }
}
