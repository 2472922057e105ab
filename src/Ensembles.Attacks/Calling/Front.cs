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
    long[] rows;
    int evaluations;

    internal Front(AttackBatch batch, int restart, Aim aim, int steps, long[] rows)
    {
        (this.batch, this.restart, this.rows) = (batch, restart, rows);
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

    Tensor Clean { get; set; }

    Tensor Labels { get; set; }

    Tensor WrongClasses { get; set; }

    /// <summary>Places the images at random in the ball.</summary>
    public void MoveToRandomPoint()
    {
        // Drawn for the whole batch: an image starts from the same point whichever others are still open.
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)batch.Seed(restart, 1));
        var points = batch.Ball.RandomPoint(batch.Clean, generator);
        MoveTo(points.index_select(0, tensor(rows, device: points.device)));
    }

    /// <summary>Moves the images by a displacement [A, C, H, W], and back into the ball and [0, 1].</summary>
    public void Move(Tensor displacement)
    {
        using var moved = Images + displacement;
        MoveTo(batch.Ball.Project(moved, Clean));
    }

    /// <summary>Evaluates the images where they are, and lets those leave that are broken.</summary>
    /// <returns>Whether any is left.</returns>
    public bool Evaluate()
    {
        using var scope = NewDisposeScope();
        var view = See(Images);
        Leave(batch.Consider(Images, rows, view));
        return rows.Length > 0;
    }

    /// <summary>Evaluates the images where they are, lets those leave that are broken, and differentiates.</summary>
    /// <returns>The direction [A, C, H, W] in which the restart's aim rises for those left; null when none is.</returns>
    public Tensor? Differentiate()
    {
        using var scope = NewDisposeScope();
        var images = Images.detach().clone().requires_grad_(true);
        var view = See(images);
        var broken = batch.Consider(images, rows, view);
        if (broken.All(b => b))
        {
            Leave(broken);
            return null;
        }
        var direction = ascent.Direction(view, images);
        var left = tensor([.. Enumerable.Range(0, broken.Length).Where(i => !broken[i]).Select(i => (long)i)], device: images.device);
        direction = direction.index_select(0, left);
        Leave(broken);
        return direction.MoveToOuterDisposeScope();
    }

    SurfaceView See(Tensor images)
    {
        batch.ThrowIfCancelled();
        var draws = batch.Victim.Surface.EotSamples;
        var output = batch.Victim.Evaluate(images, draws, batch.Seed(restart, 2 + evaluations++));
        return new SurfaceView(output, Labels, WrongClasses, draws);
    }

    void MoveTo(Tensor images)
    {
        Images.Dispose();
        Images = images.DetachFromDisposeScope();
    }

    void Leave(bool[] broken)
    {
        if (!broken.Any(b => b))
            return;
        using var scope = NewDisposeScope();
        long[] left = [.. Enumerable.Range(0, rows.Length).Where(i => !broken[i]).Select(i => (long)i)];
        var index = tensor(left, device: Images.device);
        ascent.Select(index);
        (Images, Clean, Labels, WrongClasses) = (Keep(Images), Keep(Clean), Keep(Labels), Keep(WrongClasses));
        rows = [.. left.Select(i => rows[i])];

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
