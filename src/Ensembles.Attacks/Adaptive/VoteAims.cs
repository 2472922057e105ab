using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>What attacks on a vote push.</summary>
static class VoteAims
{
    /// <summary>A member counts as beaten when the wrong class leads by this share of the spread of its logits.</summary>
    const double BeatenBy = 0.1;

    /// <summary>Keeps a ratio finite where all scores are equal.</summary>
    const double Tiny = 1e-12;

    /// <summary>Cross-entropy of the vote's scores. In float32 it vanishes where the classifier is sure.</summary>
    public static readonly VoteAim CrossEntropy = new(view =>
        [nn.functional.cross_entropy(view.Output.Scores, view.RowLabels, reduction: nn.Reduction.None)]);

    /// <summary>The margin of the vote's scores, max_{k != y} s_k - s_y [6].</summary>
    public static readonly VoteAim Margin = new(view => [view.Margins(view.Output.Scores)]);

    /// <summary>
    /// The difference of logits ratio of the vote's scores, -(s_y - max_{k != y} s_k) / (s_(1) - s_(3)), s_(i) the i-th highest (Croce and Hein
    /// 2020). Scaling or shifting the scores does not change it, so it does not saturate. Of two classes there is no third: their margin.
    /// </summary>
    public static readonly VoteAim Dlr = new(view =>
    {
        var scores = view.Output.Scores;
        var margins = view.Margins(scores);
        return [scores.size(1) < 3 ? margins : margins / (Highest(scores, 1) - Highest(scores, 3) + Tiny)];
    });

    /// <summary>
    /// The targeted ratio, -(s_y - s_t) / (s_(1) - (s_(3) + s_(4)) / 2), t being the wrong class of that rank on the clean image. Of three
    /// classes there is no fourth, and s_(3) alone stands in the mean; of two there is no third: their margin.
    /// </summary>
    /// <param name="rank">0 for the likeliest wrong class.</param>
    public static VoteAim TargetedDlr(int rank) => new(view =>
    {
        var scores = view.Output.Scores;
        var lead = view.Lead(rank);
        return scores.size(1) switch
        {
            2 => [lead],
            3 => [lead / (Highest(scores, 1) - Highest(scores, 3) + Tiny)],
            _ => [lead / (Highest(scores, 1) - (Highest(scores, 3) + Highest(scores, 4)) / 2 + Tiny)],
        };
    });

    /// <summary>The lead of one wrong class over the true one in the vote's scores, s_t - s_y (Gowal et al. 2019).</summary>
    /// <param name="rank">0 for the likeliest wrong class on the clean image.</param>
    public static VoteAim Targeted(int rank) => new(view => [view.Lead(rank)]);

    /// <summary>
    /// Each member's margin until it is beaten, min(max_{k != y} z_ik - z_iy, kappa_i): the sum of hinges of He et al. [15]. A beaten
    /// member is pushed no further, and each may err its own way.
    /// </summary>
    public static readonly VoteAim MemberMargins = new(view =>
        [.. Each(view, logits => view.Margins(logits).minimum(BeatenBy * Spread(logits)))], Saturating: true);

    /// <summary>
    /// Each member's lead of one wrong class t, the same for all: z_it - max_{k != t} z_ik. Members that vote by majority or quorum must
    /// agree on one wrong label; beaten one by one they may cancel into a rejection.
    /// </summary>
    /// <param name="rank">
    /// Which wrong class: 0 for the one the members support most where the image is now; 1 and up for the second likeliest
    /// on the clean image and those after it.
    /// </param>
    public static VoteAim Consensus(int rank) => new(view =>
    {
        var target = rank == 0 ? MostSupported(view) : view.WrongClasses.select(1, rank % view.WrongClasses.size(1));
        var targets = target.repeat(view.Draws);
        return [.. Each(view, logits => SurfaceView.Lead(logits, targets))];
    }, Saturating: true);

    /// <summary>The highest, second highest, ... of each row of scores [R, K].</summary>
    static Tensor Highest(Tensor scores, int place) => scores.topk(place).values.select(1, place - 1);

    static IEnumerable<Tensor> Each(SurfaceView view, Func<Tensor, Tensor> term) =>
        Enumerable.Range(0, view.Members).Select(m => term(view.Output.MemberLogits[m]));

    /// <summary>The wrong class [N] with the highest sum of the members' logits, each member's over their spread.</summary>
    static Tensor MostSupported(SurfaceView view)
    {
        var logits = view.Output.MemberLogits.detach();
        var support = (logits / Spread(logits).unsqueeze(-1)).sum([0]).view(view.Draws, -1, logits.size(-1)).mean([0]);
        return support.scatter(1, view.Labels.unsqueeze(1), full_like(support, float.NegativeInfinity)).argmax(1);
    }

    /// <summary>The standard deviation of logits [..., K] over the classes, as a constant: the unit in which members compare.</summary>
    static Tensor Spread(Tensor logits)
    {
        var spread = logits.detach().std([-1], unbiased: false);
        return spread.masked_fill(spread.eq(0), 1);
    }
}
