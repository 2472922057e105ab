using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>A batch of N clean images with the best perturbed image found so far for each.</summary>
/// <remarks>
/// Better is what meets the criterion in a larger share of the draws of its evaluation; then, what is nearer to it. An
/// image is broken when a majority of the draws meet the criterion; a deterministic defense has one draw. So that
/// neither side wins by luck, the best image against a randomised defense is evaluated on fresh draws after each
/// restart; only their share counts from there on, and what they say is worse than an earlier one gives way to it.
/// Where the ball has no radius, of two broken images the one with the smaller perturbation is better, and the search
/// goes on.
/// </remarks>
public sealed partial class AttackBatch : IDisposable
{
    /// <summary>
    /// By what share an image whose decision is not sure must be closer to the clean image than a sure one.
    /// </summary>
    const double Handicap = 0.01;

    readonly AttackOptions options;
    readonly long number;
    readonly Tensor best;
    readonly float[] share;
    readonly float[] nearness;
    readonly bool[] sure;
    readonly double[] distance;
    readonly StartingImages starts;

    /// <summary>Takes a batch of a run's images and labels, and evaluates its clean images.</summary>
    /// <remarks>The batch's random draws follow from its first image's <paramref name="number"/> in the run.</remarks>
    /// <exception cref="ArgumentException">Labels, of any batch, that do not fit the images or the classes.</exception>
    internal AttackBatch(
        DefenseUnderAttack defense, Ball ball, Tensor images, Tensor labels, AttackOptions options, long number)
    {
        using var scope = NewDisposeScope();
        (Defense, Ball, this.options, this.number) = (defense, ball, options, number);
        (Total, var size) = (images.size(0), Math.Min(defense.ImagesAtOnce, images.size(0) - number));
        Clean = images.narrow(0, number, size).detach().alias().DetachFromDisposeScope();
        best = Clean.clone().DetachFromDisposeScope();

        var draws = defense.ConfirmingDraws;
        var leaf = Clean.detach().requires_grad_(defense.IsFollowed && draws == 1);
        var output = defense.EvaluateItself(leaf, draws, Seed(0, 0));
        ImageChecks.ThrowIfNotLabels(labels, Total, (int)output.Scores.size(-1));
        Criterion = new BatchCriterion(options.Criterion, output, labels.narrow(0, number, size), draws, (int)number);
        (share, nearness, sure) = Criterion.Judge(output, [.. Enumerable.Range(0, (int)size)], draws);
        distance = new double[share.Length];
        cleanNearness = [.. nearness];
        (followed, hasSlope) = (new bool[share.Length], new bool[share.Length]);
        looksSaturated = LooksSaturated(output, (int)size);
        ReturnsProbabilities = OutputChecks.ReturnsProbabilities(output);
        NeededAttack = [.. share.Select(s => !CriterionResult.IsMajority(s))];
        CleanEvaluation = leaf.requires_grad
            ? new DefenseEvaluation(output, leaf, Criterion, draws).DetachFromDisposeScope()
            : null;
        starts = new StartingImages(this, [.. options.StartingImages.Select(known => known.narrow(0, number, size))]);
    }

    /// <summary>The defense's attack surface.</summary>
    public AttackSurface Surface => Defense.Surface;

    /// <summary>Where the images may go.</summary>
    public Ball Ball { get; }

    /// <summary>How the attack is run.</summary>
    public AttackOptions Options => options;

    /// <summary>Clean images [N, C, H, W].</summary>
    public Tensor Clean { get; }

    /// <summary>True labels [N].</summary>
    public Tensor Labels => Criterion.Labels;

    /// <summary>
    /// How many target classes an image has, those that meet the criterion: for an attack on one of them at a time.
    /// </summary>
    public int TargetCount => Criterion.TargetCount;

    /// <summary>
    /// How many images known before the attack there are for each: <see cref="ActiveSet.MoveToStart"/>.
    /// </summary>
    public int StartCount => starts.Count;

    /// <summary>How many images, draws counted, pass through the defense at once.</summary>
    public int RowsAtOnce => Defense.RowsAtOnce;

    /// <summary>
    /// Whether any image is left to attack: still to be broken or, where the ball has no radius, to be broken by less.
    /// </summary>
    public bool AnyOpen => Enumerable.Range(0, share.Length).Any(IsOpen);

    internal DefenseUnderAttack Defense { get; }

    internal BatchCriterion Criterion { get; }

    /// <summary>The best image found for each, [N, C, H, W].</summary>
    internal Tensor Best => best;

    /// <summary>For each image, whether the best found meets the criterion.</summary>
    internal IEnumerable<bool> Broken => share.Select(CriterionResult.IsMajority);

    /// <summary>Whether the members' logits are probabilities on every clean image.</summary>
    internal bool ReturnsProbabilities { get; }

    /// <summary>Whether any image is not broken.</summary>
    internal bool AnyStanding => !share.All(CriterionResult.IsMajority);

    /// <summary>For each image, whether its clean image did not meet the criterion.</summary>
    internal IReadOnlyList<bool> NeededAttack { get; }

    /// <summary>
    /// The evaluation of the clean images, until the first active set takes it; null where the defense draws random
    /// numbers, or no gradient is followed.
    /// </summary>
    internal DefenseEvaluation? CleanEvaluation { get; private set; }

    long Total { get; }

    /// <summary>
    /// Runs restarts one after the other, each on the images that are left to attack, until none is, and confirms on
    /// fresh draws what each restart found.
    /// </summary>
    /// <param name="restarts">How many restarts there are.</param>
    /// <param name="search">What one of them does.</param>
    public void ForEachRestart(int restarts, Action<ActiveSet> search) =>
        ForEachRestart(restarts, _ => new RestartLoss(), steps: 1, search);

    /// <summary>The same for restarts that follow a gradient: <see cref="ActiveSet.Differentiate"/>.</summary>
    /// <param name="losses">What each restart increases.</param>
    /// <param name="steps">How many steps each has.</param>
    /// <param name="climb">What one of them does.</param>
    public void ForEachRestart(IReadOnlyList<RestartLoss> losses, int steps, Action<ActiveSet> climb) =>
        ForEachRestart(losses.Count, restart => losses[restart], steps, climb);

    /// <summary>The same for restarts that increase one loss, which may have another form in each.</summary>
    /// <param name="restarts">How many restarts there are.</param>
    /// <param name="loss">What they increase.</param>
    /// <param name="steps">How many steps each has.</param>
    /// <param name="climb">What one of them does.</param>
    public void ForEachRestart(int restarts, AttackLoss loss, int steps, Action<ActiveSet> climb) =>
        ForEachRestart(restarts, restart => loss.ForRestart(Surface, options.Criterion, restart), steps, climb);

    void ForEachRestart(int restarts, Func<int, RestartLoss> loss, int steps, Action<ActiveSet> search)
    {
        // Those that follow the vote are run by each of its gradients.
        var all = Surface.HasOwnGradient && Defense.IsFollowed ? 2 * restarts : restarts;
        for (var restart = 0; restart < all && AnyOpen; restart++)
        {
            var followed = loss(restart % restarts) with { ByOwnGradient = restart >= restarts };
            if (followed is { ByOwnGradient: true, Vote: null })
                continue;
            int[] open = [.. Enumerable.Range(0, share.Length).Where(IsOpen)];
            var evaluated = CleanEvaluation;
            CleanEvaluation = null;
            using var active = new ActiveSet(this, restart, all, followed, steps, open, evaluated);
            search(active);
            Confirm(restart);
        }
    }

    /// <summary>
    /// For each image and each of some labels [L], whether an image of that label meets the criterion, bool [N, L].
    /// </summary>
    internal Tensor IsMetBy(Tensor labels)
    {
        var (given, count) = (HostMemory.ReadLongs(labels), share.Length);
        var meets = new bool[count * given.Length];
        for (var i = 0; i < meets.Length; i++)
            meets[i] = Criterion.IsMetBy(i / given.Length, given[i % given.Length]);
        return tensor(meets, [count, given.Length], device: Clean.device);
    }

    /// <summary>What counts as a success for some images of the batch, counted from 0.</summary>
    internal Criterion CriterionFor(int[] rows) => options.Criterion.Select([.. rows.Select(row => (int)number + row)]);

    /// <summary>
    /// For each image its image known before the attack of that rank: see <see cref="StartingImages"/>.
    /// </summary>
    internal Tensor Start(int rank) => starts.OfRank(rank);

    /// <summary>
    /// The distance [N] a success is worth looking for within: the radius or, without one, that of the best image
    /// found; 1 where none is.
    /// </summary>
    internal Tensor Reach()
    {
        float[] reach = [.. distance.Select((d, i) =>
            (float)(!Ball.IsUnbounded ? Ball.Epsilon : CriterionResult.IsMajority(share[i]) ? d : 1))];
        return tensor(reach, device: Clean.device);
    }

    /// <summary>The seed of a place in this batch's attack; place 0 of restart 0 is the clean evaluation.</summary>
    internal long Seed(long restart, long place) => Seeds.Of(options.Seed, number, restart, place);

    /// <summary>Throws when the caller asked the run to stop.</summary>
    internal void ThrowIfCancelled() => options.Cancellation.ThrowIfCancellationRequested();

    /// <summary>Takes the share of this batch's work that is done.</summary>
    internal void ReportProgress(double done) => options.Progress?.Report((number + done * share.Length) / Total);

    /// <summary>Keeps those of the images, for the rows given, that are better than the best so far.</summary>
    /// <param name="images">Images [A, C, H, W].</param>
    /// <param name="rows">Which images of the batch they are.</param>
    /// <param name="output">Their evaluation.</param>
    /// <param name="draws">Draws of it.</param>
    /// <param name="allowed">Which of them lie in the ball; all, when it is null.</param>
    /// <returns>
    /// How they stand, and for each whether it is done with, since it is allowed and every draw surely met the
    /// criterion.
    /// </returns>
    internal (CriterionResult Result, bool[] Done) Consider(
        Tensor images, int[] rows, SurfaceOutput output, int draws, bool[]? allowed = null)
    {
        var result = Criterion.Judge(output, rows, draws);
        NoteAnswers(rows, result);
        var newDistance = Ball.IsUnbounded ? DistancesOf(images, rows) : null;
        List<int> better = [], places = [];
        var done = new bool[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            if (allowed is not null && !allowed[i])
                continue;
            done[i] = !Ball.IsUnbounded && result.Share[i] >= 1 && result.Sure[i];
            if (!IsBetter(i))
                continue;
            better.Add(i);
            places.Add(rows[i]);
            Note(rows[i], result, i);
            distance[rows[i]] = newDistance?[i] ?? 0;
        }
        HostMemory.CopyRows(images, CollectionsMarshal.AsSpan(better), best, CollectionsMarshal.AsSpan(places));
        return (result, done);

        // The nearest image that a majority of few draws breaks is often one that luck broke: only those that all draws
        // break compare by distance.
        bool IsBetter(int i) => newDistance is not null && result.Share[i] >= 1 && share[rows[i]] >= 1
            ? Handicapped(newDistance[i], result.Sure[i]) < Handicapped(distance[rows[i]], sure[rows[i]])
            : Standing(result.Share[i], result.Sure[i], result.Nearness[i])
                .CompareTo(Standing(share[rows[i]], sure[rows[i]], nearness[rows[i]])) > 0;

        static (float, bool, float) Standing(float share, bool sure, float nearness) =>
            (share, CriterionResult.IsMajority(share) && sure, nearness);
    }

    void Note(int row, CriterionResult result, int place) =>
        (share[row], nearness[row], sure[row]) = (result.Share[place], result.Nearness[place], result.Sure[place]);

    /// <summary>How images in place of some of the batch's stand, of which nothing is kept.</summary>
    internal CriterionResult Judge(SurfaceOutput output, int[] places, int draws)
    {
        var result = Criterion.Judge(output, places, draws);
        NoteAnswers(places, result);
        return result;
    }

    /// <summary>
    /// Has the defense judge a set of images that were known before, for the rows given, and keeps the better ones.
    /// </summary>
    internal CriterionResult JudgeKnown(Tensor images, int[] rows, int set)
    {
        using var scope = NewDisposeScope();
        var draws = Defense.ConfirmingDraws;
        var output = Defense.EvaluateItself(images, draws, Seed(-1, set));
        return Consider(images, rows, output, draws).Result;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CleanEvaluation?.Dispose();
        Clean.Dispose();
        Criterion.Dispose();
        best.Dispose();
        confirmed?.Images.Dispose();
        starts.Dispose();
    }

    static double Handicapped(double distance, bool isSure) => isSure ? distance : distance * (1 + Handicap);

    // A randomised defense is judged by all its draws: what some of them survive is worth another restart.
    bool IsOpen(int image) =>
        NeededAttack[image] && only?[image] != false && (Ball.IsUnbounded || share[image] < 1);

    double[] DistancesOf(Tensor images, int[] rows)
    {
        using var scope = NewDisposeScope();
        var clean = Clean.index_select(0, HostMemory.Index(rows, Clean.device));
        return Ball.Distances(images, clean).cpu().data<double>().ToArray();
    }
}
