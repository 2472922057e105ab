using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The active set: the A images of a batch that one restart still has to break, on their way through the ball. An image
/// that every draw of its evaluation breaks leaves it, so that later steps cost less.
/// </summary>
/// <remarks>
/// Images are moved (<see cref="Step"/>, <see cref="Move"/>, <see cref="MoveTo"/>, ...) and then evaluated where they
/// are (<see cref="Evaluate"/>, <see cref="Differentiate"/>); or others are evaluated in their place
/// (<see cref="EvaluateAt"/>, <see cref="DifferentiateAt"/>, <see cref="Query"/>). All of these may let images leave
/// but the last. What an attack has to remember of each image it leaves to <see cref="Remember(Tensor)"/>, which keeps
/// step with the set.
/// </remarks>
public sealed partial class ActiveSet : IDisposable
{
    readonly AttackBatch batch;
    readonly int restarts;
    readonly LossAscent ascent;
    readonly bool passesGates;
    readonly List<PerImage> remembered = [];
    readonly List<Action<Tensor>> rememberedValues = [];
    DefenseEvaluation? evaluatedHere;
    BatchCriterion criterion;
    int[] rows;
    int evaluations;

    internal ActiveSet(
        AttackBatch batch, int restart, int restarts, RestartLoss loss, int steps, int[] rows,
        DefenseEvaluation? evaluated)
    {
        (this.batch, Restart, this.restarts, this.rows) = (batch, restart, restarts, rows);
        passesGates = loss.PassGates || loss.InnerGates != InnerGates.Leave;
        ascent = new LossAscent(loss, steps, batch.Ball, batch.Defense);
        using var scope = NewDisposeScope();
        var index = HostMemory.Index(rows, batch.Clean.device);
        Clean = batch.Clean.index_select(0, index).DetachFromDisposeScope();
        criterion = batch.Criterion.Select(index);
        Images = Clean.clone().DetachFromDisposeScope();
        evaluatedHere = evaluated;
    }

    /// <summary>Which restart this is, from 0.</summary>
    public int Restart { get; }

    /// <summary>Where the images may go.</summary>
    public Ball Ball => batch.Ball;

    /// <summary>A.</summary>
    public int Count => rows.Length;

    /// <summary>Where the images are now, [A, C, H, W].</summary>
    public Tensor Images { get; private set; }

    /// <summary>Their clean images.</summary>
    public Tensor Clean { get; private set; }

    /// <summary>Their true labels, [A].</summary>
    public Tensor Labels => criterion.Labels;

    /// <summary>What counts as a success for them, counted from 0.</summary>
    public Criterion Criterion => batch.CriterionFor(rows);

    /// <summary>Remembers something of each image: a tensor [A, ...] whose rows leave with their images.</summary>
    public PerImage Remember(Tensor start)
    {
        var rowsOfImages = new PerImage(start, forgotten => remembered.Remove(forgotten));
        remembered.Add(rowsOfImages);
        return rowsOfImages;
    }

    /// <summary>Remembers a number for each pixel value, float32 [A, C, H, W]: 0 at first.</summary>
    public PerImage RememberZeros()
    {
        using var zero = zeros_like(Images);
        return Remember(zero);
    }

    /// <summary>Remembers one number for each image, float32 [A].</summary>
    public PerImage Remember(double number)
    {
        using var all = full(Count, (float)number, device: Images.device);
        return Remember(all);
    }

    /// <summary>Remembers one flag for each image, bool [A]: false at first.</summary>
    public PerImage RememberFlag()
    {
        using var none = zeros(Count, dtype: ScalarType.Bool, device: Images.device);
        return Remember(none);
    }

    /// <summary>Remembers something of each image on the host, [A].</summary>
    public RememberedValues<T> Remember<T>(IEnumerable<T> start)
    {
        var values = new RememberedValues<T>(start);
        rememberedValues.Add(values.Select);
        return values;
    }

    /// <summary>
    /// Those rows of a tensor over the whole batch [N, ...] that belong to the images of the set, [A, ...].
    /// </summary>
    public Tensor RowsOfBatch(Tensor all)
    {
        using var index = HostMemory.Index(rows, all.device);
        return all.index_select(0, index);
    }

    /// <summary>A seed for something random in this restart.</summary>
    /// <param name="place">
    /// What it is for. Starting points take 1 and evaluations count up from 2, so count down from
    /// <see cref="int.MaxValue"/>.
    /// </param>
    public long Seed(long place) => batch.Seed(Restart, place);

    /// <summary>Takes the share of this restart's work that is done, in [0, 1].</summary>
    public void ReportProgress(double done) => batch.ReportProgress((Restart + done) / restarts);

    /// <summary>Places each image at its image known before the attack.</summary>
    /// <param name="rank">
    /// Which one, 0 for the nearest to the criterion; below <see cref="AttackBatch.StartCount"/>.
    /// </param>
    public void MoveToStart(int rank) => Place(RowsOfBatch(batch.Start(rank)));

    /// <summary>Places the images at random in the ball.</summary>
    public void MoveToRandomPoint() => MoveToRandom(Ball.RandomPoint);

    /// <summary>
    /// Places the images at random on the edge of the ball; where it has none, as far away as the best images found so
    /// far.
    /// </summary>
    public void MoveToRandomEdge()
    {
        using var reach = batch.Reach();
        MoveToRandom((clean, generator) => Ball.RandomPointAt(reach, clean, generator));
    }

    /// <summary>Places the images at random extreme points of the ball.</summary>
    public void MoveToRandomCorner() => MoveToRandom(Ball.RandomCorner);

    /// <summary>
    /// Places the images at random, by a function from the clean images [N, C, H, W] of the whole batch and what is
    /// random to points of the ball.
    /// </summary>
    public void MoveToRandom(Func<Tensor, Generator, Tensor> draw)
    {
        // Drawn for the whole batch: an image starts from the same point whichever others are still to be broken.
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)Seed(1));
        Place(RowsOfBatch(draw(batch.Clean, generator)));
    }

    /// <summary>Moves the images by a displacement [A, C, H, W], and back into the ball and [0, 1].</summary>
    public void Move(Tensor displacement)
    {
        using var moved = Images + displacement;
        MoveTo(moved);
    }

    /// <summary>Moves the images to others [A, C, H, W], or as near as the ball and [0, 1] allow.</summary>
    public void MoveTo(Tensor images) => Place(Ball.Project(images, Clean));

    /// <summary>
    /// Moves the images by a step of one length up a direction [A, C, H, W]: see <see cref="Ball.Step"/>.
    /// </summary>
    public void Step(Tensor direction, double size) => Place(Ball.Step(Images, direction, size, Clean));

    /// <summary>Moves the images by steps with momentum: see <see cref="Ball.StepWithMomentum"/>.</summary>
    public void StepWithMomentum(Tensor direction, float[] sizes, Tensor previous, double momentum) =>
        Place(Ball.StepWithMomentum(Images, direction, sizes, previous, momentum, Clean));

    /// <summary>Moves some of the images back to where they were before.</summary>
    /// <param name="images">Which of the set's images.</param>
    /// <param name="before">Where they were, with a row for each of the set's, [A, C, H, W].</param>
    public void MoveBack(ReadOnlySpan<int> images, Tensor before)
    {
        evaluatedHere?.Dispose();
        evaluatedHere = null;
        HostMemory.CopyRows(before, images, Images, images);
    }

    /// <summary>Goes on with some of the images, int64 [a], ascending.</summary>
    public void Keep(Tensor left)
    {
        if (left.size(0) == rows.Length)
            return;
        ascent.Select(left);
        var (images, clean, former) = (Images, Clean, criterion);
        Images = images.index_select(0, left).DetachFromDisposeScope();
        Clean = clean.index_select(0, left).DetachFromDisposeScope();
        criterion = former.Select(left);
        Ball.Select(clean, left, Clean);
        foreach (var rowsOfImages in remembered)
            rowsOfImages.Select(left);
        foreach (var select in rememberedValues)
            select(left);
        rows = [.. HostMemory.ReadLongs(left).Select(i => rows[i])];
        images.Dispose();
        clean.Dispose();
        former.Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Dispose();
        Clean.Dispose();
        criterion.Dispose();
        evaluatedHere?.Dispose();
        ascent.Dispose();
        while (remembered.Count > 0)
            remembered[^1].Dispose();
    }

    void Place(Tensor images)
    {
        evaluatedHere?.Dispose();
        evaluatedHere = null;
        Images.Dispose();
        Images = images.DetachFromDisposeScope();
    }
}
