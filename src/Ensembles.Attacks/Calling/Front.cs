using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The images of a batch that one restart still has to break, on their way through the ball. An image that every draw
/// of its evaluation breaks leaves the front, so that later steps cost less.
/// </summary>
sealed class Front : IDisposable
{
    readonly AttackBatch batch;
    readonly int restart;
    readonly Ascent ascent;
    readonly bool aimsAtGates;
    long[] rows;
    int evaluations;

    internal Front(AttackBatch batch, int restart, Aim aim, int steps, long[] rows)
    {
        (this.batch, this.restart, this.rows) = (batch, restart, rows);
        aimsAtGates = aim.PassGates;
        ascent = new Ascent(aim, steps, batch.Ball, batch.Victim);
        using var scope = NewDisposeScope();
        var index = tensor(rows, device: batch.Clean.device);
        Clean = batch.Clean.index_select(0, index).DetachFromDisposeScope();
        Labels = batch.Labels.index_select(0, index).DetachFromDisposeScope();
        WrongClasses = batch.WrongClasses.index_select(0, index).DetachFromDisposeScope();
        Images = Clean.clone().DetachFromDisposeScope();
    }

    /// <summary>Where the images are now, [A, C, H, W].</summary>
    public Tensor Images { get; private set; }

    /// <summary>Their clean images.</summary>
    public Tensor Clean { get; private set; }

    Tensor Labels { get; set; }

    Tensor WrongClasses { get; set; }

    /// <summary>Places the images at random in the ball.</summary>
    public void MoveToRandomPoint() => MoveToRandom(batch.Ball.RandomPoint);

    /// <summary>Places the images at random on the edge of the ball.</summary>
    public void MoveToRandomEdge() => MoveToRandom(batch.Ball.RandomEdgePoint);

    /// <summary>Moves the images by a displacement [A, C, H, W], and back into the ball and [0, 1].</summary>
    public void Move(Tensor displacement)
    {
        using var moved = Images + displacement;
        MoveTo(moved);
    }

    /// <summary>Moves the images to others [A, C, H, W], or as near as the ball and [0, 1] allow.</summary>
    public void MoveTo(Tensor images) => Place(batch.Ball.Project(images, Clean));

    /// <summary>Evaluates the images where they are, and lets those leave that are broken.</summary>
    /// <returns>What is known of those left; null when none is.</returns>
    public Reading? Evaluate()
    {
        using var scope = NewDisposeScope();
        var view = See(Images);
        var (broken, near) = batch.Consider(Images, rows, view);
        return Leave(broken, near)?.MoveToOuterDisposeScope();
    }

    /// <summary>Evaluates the images where they are, lets those leave that are broken, and differentiates.</summary>
    /// <returns>What is known of those left, with the direction in which the restart's aim rises; null when none is.</returns>
    public Slope? Differentiate()
    {
        using var scope = NewDisposeScope();
        var images = Images.detach().clone().requires_grad_(true);
        var view = See(images);
        var (broken, near) = batch.Consider(images, rows, view);
        if (broken.All(b => b))
        {
            Leave(broken, near);
            return null;
        }
        var (direction, value) = ascent.Climb(view, images);
        var reading = Leave(broken, near)!;
        value = aimsAtGates ? reading.Near : value.index_select(0, reading.Left);
        return new Slope(reading.Left, value, direction.index_select(0, reading.Left)).MoveToOuterDisposeScope();
    }

    /// <summary>Those rows of a tensor over the whole batch [N, ...] that belong to the images of the front, [A, ...].</summary>
    public Tensor OfBatch(Tensor all)
    {
        using var index = tensor(rows, device: all.device);
        return all.index_select(0, index);
    }

    SurfaceView See(Tensor images)
    {
        batch.ThrowIfCancelled();
        var draws = batch.Victim.Surface.EotSamples;
        var output = batch.Victim.Evaluate(images, draws, batch.Seed(restart, 2 + evaluations++));
        return new SurfaceView(output, Labels, WrongClasses, draws);
    }

    void MoveToRandom(Func<Tensor, Generator, Tensor> draw)
    {
        // Drawn for the whole batch: an image starts from the same point whichever others are still open.
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)batch.Seed(restart, 1));
        Place(OfBatch(draw(batch.Clean, generator)));
    }

    void Place(Tensor images)
    {
        Images.Dispose();
        Images = images.DetachFromDisposeScope();
    }

    Reading? Leave(bool[] broken, float[] near)
    {
        int[] left = [.. Enumerable.Range(0, rows.Length).Where(i => !broken[i])];
        var index = tensor([.. left.Select(i => (long)i)], device: Images.device);
        if (left.Length < rows.Length)
        {
            ascent.Select(index);
            (Images, Clean, Labels, WrongClasses) = (Keep(Images), Keep(Clean), Keep(Labels), Keep(WrongClasses));
            rows = [.. left.Select(i => rows[i])];
        }
        return left.Length == 0 ? null : new Reading(index, tensor([.. left.Select(i => near[i])], device: Images.device));

        Tensor Keep(Tensor all)
        {
            using (all)
                return all.index_select(0, index).DetachFromDisposeScope();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Dispose();
        Clean.Dispose();
        Labels.Dispose();
        WrongClasses.Dispose();
        ascent.Dispose();
    }
}
