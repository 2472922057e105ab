using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>A batch of N clean images with the best perturbed image found so far for each.</summary>
/// <remarks>
/// Better is what meets the criterion in a larger share of the draws of its evaluation; then, what is nearer to it
/// (<see cref="Nearness"/>). An image is broken when a majority of the draws meet the criterion; a deterministic defense has one draw.
/// So that neither side wins by luck, the best image against a randomised defense is evaluated on fresh draws after each
/// restart, and only their share counts from there on. Where the ball has no radius, of two broken images the one with the smaller perturbation is
/// better, and the search goes on.
/// </remarks>
sealed class AttackBatch : IDisposable
{
    /// <summary>
    /// How far past the vote's boundary, in units of the clean image's way to it, the decision is sure: nearer to it rounding may decide, and otherwise in a batch of
    /// another size.
    /// </summary>
    const float Clear = 1e-4f;

    /// <summary>By which part an image that is not clear has to be nearer than one that is.</summary>
    const double Handicap = 0.01;

    readonly AttackOptions options;
    readonly long number;
    readonly Nearness nearness;
    readonly Shortfall shortfall;
    readonly Tensor best;
    readonly float[] share;
    readonly float[] near;
    readonly double[] distance;

    /// <summary>Takes a batch of a run's images and labels, and evaluates its clean images.</summary>
    /// <remarks>The batch's random draws follow from its first image's <paramref name="number"/> in the run.</remarks>
    /// <exception cref="ArgumentException">Labels, of any batch, that do not fit the images or the classes.</exception>
    public AttackBatch(Victim victim, Ball ball, Tensor images, Tensor labels, AttackOptions options, long number)
    {
        using var scope = NewDisposeScope();
        (Victim, Ball, this.options, this.number) = (victim, ball, options, number);
        var size = Math.Min(victim.ImagesAtOnce, images.size(0) - number);
        Clean = images.narrow(0, number, size).detach().alias().DetachFromDisposeScope();
        best = Clean.clone().DetachFromDisposeScope();

        var draws = victim.ConfirmingDraws;
        var leaf = Clean.detach().clone().requires_grad_(victim.IsFollowed && draws == 1);
        var output = victim.Itself(leaf, draws, Seed(0, 0));
        ImageChecks.ThrowIfNotLabels(labels, images.size(0), (int)output.Scores.size(-1));
        Labels = labels.narrow(0, number, size).alias().DetachFromDisposeScope();
        WrongClasses = RankWrongClasses(output.MemberLogits.detach(), Labels, draws).DetachFromDisposeScope();
        var view = new SurfaceView(output, Labels, WrongClasses, draws);
        nearness = new Nearness(view, options.Criterion);
        shortfall = new Shortfall(view, options.Criterion);
        (share, near) = nearness.Of(output, [.. Enumerable.Range(0, (int)size)], draws);
        distance = new double[share.Length];
        NeededAttack = [.. share.Select(s => !Standing.IsMajority(s))];
        CleanTracked = leaf.requires_grad ? new Tracked(view, leaf).DetachFromDisposeScope() : null;
        Starts = new StartingPoints(this, [.. options.StartingImages.Select(set => set.narrow(0, number, size))]);
    }

    public Victim Victim { get; }

    public Ball Ball { get; }

    /// <summary>Clean images [N, C, H, W].</summary>
    public Tensor Clean { get; }

    /// <summary>True labels [N].</summary>
    public Tensor Labels { get; }

    /// <summary>Each image's wrong classes [N, K - 1], the likeliest by the members' summed log-probabilities on the clean image first.</summary>
    public Tensor WrongClasses { get; }

    /// <summary>The best image found for each, [N, C, H, W].</summary>
    public Tensor Best => best;

    /// <summary>For each image, whether the best found meets the criterion.</summary>
    public IEnumerable<bool> Broken => share.Select(Standing.IsMajority);

    /// <summary>The evaluation of the clean images, until the first front takes it; null where the defense draws random numbers, or no gradient is followed.</summary>
    public Tracked? CleanTracked { get; private set; }

    /// <summary>For each image, whether its clean image did not meet the criterion.</summary>
    public IReadOnlyList<bool> NeededAttack { get; }

    /// <summary>Whether any image is left to attack: still to be broken or, where the ball has no radius, to be broken by less.</summary>
    public bool AnyOpen => Enumerable.Range(0, share.Length).Any(IsOpen);

    /// <summary>Whether any image is not broken.</summary>
    public bool AnyStanding => !share.All(Standing.IsMajority);

    /// <summary>What was known before the attack; judged already.</summary>
    public StartingPoints Starts { get; }

    /// <summary>Receives the share of this batch's work that is done.</summary>
    public Action<double> Progress { get; init; } = _ => { };

    /// <summary>The images left to attack, placed on their clean images, for one restart.</summary>
    /// <param name="restart">The number of the restart.</param>
    /// <param name="aim">What its steps push; nothing where images are only evaluated.</param>
    /// <param name="steps">How many steps it has.</param>
    public Front Open(int restart, Aim? aim = null, int steps = 1)
    {
        int[] open = [.. Enumerable.Range(0, share.Length).Where(IsOpen)];
        var evaluated = CleanTracked;
        CleanTracked = null;
        return new Front(this, restart, aim ?? new Aim(), steps, open, evaluated);
    }

    /// <summary>The distance [N] a success is worth looking for within: the radius or, without one, that of the best image found; 1 where none is.</summary>
    public Tensor Reach() =>
        tensor([.. distance.Select((d, i) => (float)(!Ball.IsUnbounded ? Ball.Epsilon : Standing.IsMajority(share[i]) ? d : 1))], device: Clean.device);

    /// <summary>The seed of a place in this batch's attack; place 0 of restart 0 is the clean evaluation.</summary>
    public long Seed(long restart, long place) => AttackSeed.Of(options.Seed, number, restart, place);

    /// <summary>Throws when the caller asked the run to stop.</summary>
    public void ThrowIfCancelled() => options.Cancellation.ThrowIfCancellationRequested();

    /// <summary>Keeps those of the images, for the rows given, that are better than the best so far.</summary>
    /// <param name="images">Images [A, C, H, W].</param>
    /// <param name="rows">Which images of the batch they are.</param>
    /// <param name="view">Their evaluation.</param>
    /// <param name="allowed">Which of them lie in the ball; all, when it is null.</param>
    /// <returns>How they stand, and for each whether it is done with, since it is allowed and every draw met the criterion.</returns>
    public (Standing Standing, bool[] Done) Consider(Tensor images, int[] rows, SurfaceView view, bool[]? allowed = null)
    {
        var standing = nearness.Of(view.Output, rows, view.Draws);
        var newDistance = Ball.IsUnbounded ? DistancesOf(images, rows) : null;
        List<int> better = [], places = [];
        var done = new bool[rows.Length];
        for (var i = 0; i < rows.Length; i++)
        {
            if (allowed is not null && !allowed[i])
                continue;
            done[i] = !Ball.IsUnbounded && standing.Share[i] >= 1;
            if (!IsBetter(i))
                continue;
            better.Add(i);
            places.Add(rows[i]);
            (share[rows[i]], near[rows[i]], distance[rows[i]]) = (standing.Share[i], standing.Near[i], newDistance?[i] ?? 0);
        }
        HostMemory.CopyRows(images, CollectionsMarshal.AsSpan(better), best, CollectionsMarshal.AsSpan(places));
        return (standing, done);

        // The nearest image that a majority of few draws breaks is often one that luck broke: only those that all draws break compare by distance.
        bool IsBetter(int i) => newDistance is not null && standing.Share[i] >= 1 && share[rows[i]] >= 1
            ? Handicapped(newDistance[i], standing.Near[i]) < Handicapped(distance[rows[i]], near[rows[i]])
            : (standing.Share[i], standing.Near[i]).CompareTo((share[rows[i]], near[rows[i]])) > 0;
    }

    /// <summary>Has the defense judge a set of images that were known before, for the rows given, and keeps the better ones.</summary>
    public Standing Judge(Tensor images, int[] rows, int set)
    {
        using var scope = NewDisposeScope();
        var draws = Victim.ConfirmingDraws;
        using var index = HostMemory.Index(rows, Clean.device);
        var output = Victim.Itself(images, draws, Seed(-1, set));
        return Consider(images, rows, new SurfaceView(output, Labels.index_select(0, index), WrongClasses.index_select(0, index), draws)).Standing;
    }

    /// <summary>Evaluates on fresh draws what a restart against a randomised defense found.</summary>
    public void Confirm(int restart)
    {
        int[] found = [.. Enumerable.Range(0, share.Length).Where(i => NeededAttack[i] && Standing.IsMajority(share[i]))];
        if (!Victim.Randomized || found.Length == 0)
            return;
        using var scope = NewDisposeScope();
        var draws = Victim.ConfirmingDraws;
        var output = Victim.Evaluate(best.index_select(0, HostMemory.Index(found, best.device)), draws, Seed(restart, -1));
        var standing = nearness.Of(output, found, draws);
        for (var i = 0; i < found.Length; i++)
            (share[found[i]], near[found[i]]) = (standing.Share[i], standing.Near[i]);
    }

    /// <summary>Has the defense itself judge the best images, where plans found them.</summary>
    /// <returns>Whether all images are broken that were thought to be.</returns>
    public bool Judge()
    {
        if (!Victim.IsPlanned)
            return true;
        using var scope = NewDisposeScope();
        var standing = nearness.Of(Victim.Verdict(best), [.. Enumerable.Range(0, share.Length)], draws: 1);
        var all = true;
        for (var i = 0; i < share.Length; i++)
        {
            all &= Standing.IsMajority(standing.Share[i]) || !Standing.IsMajority(share[i]);
            (share[i], near[i]) = (standing.Share[i], standing.Near[i]);
        }

        return all;
    }

    /// <summary>How evaluated images stand, being in place of these of the batch.</summary>
    public Standing StandingOf(SurfaceOutput output, int[] rows, int draws) => nearness.Of(output, rows, draws);

    /// <summary>What is missing to the criterion for some images of the batch.</summary>
    public Shortfall ShortfallOf(int[] rows)
    {
        using var index = HostMemory.Index(rows, Clean.device);
        return shortfall.Select(index);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        CleanTracked?.Dispose();
        Clean.Dispose();
        Labels.Dispose();
        WrongClasses.Dispose();
        best.Dispose();
        Starts.Dispose();
        shortfall.Dispose();
    }

    static double Handicapped(double distance, float near) => near >= Clear ? distance : distance * (1 + Handicap);

    bool IsOpen(int image) => NeededAttack[image] && (Ball.IsUnbounded || !Standing.IsMajority(share[image]));

    double[] DistancesOf(Tensor images, int[] rows)
    {
        using var scope = NewDisposeScope();
        return Ball.Distances(images, Clean.index_select(0, HostMemory.Index(rows, Clean.device))).cpu().data<double>().ToArray();
    }

    static Tensor RankWrongClasses(Tensor memberLogits, Tensor labels, int draws)
    {
        var classes = memberLogits.size(2);
        var support = memberLogits.log_softmax(-1).sum(dim: 0).view(draws, -1, classes).mean([0]);
        // The true class goes last, and off the end.
        var wrong = support.scatter(1, labels.unsqueeze(1), full_like(labels.unsqueeze(1), float.NegativeInfinity, dtype: ScalarType.Float32));
        return wrong.argsort(1, descending: true).narrow(1, 0, classes - 1);
    }
}
