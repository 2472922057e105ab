using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The images of a batch that one restart still has to break, on their way through the ball. An image that every draw
/// of its evaluation breaks leaves the front, so that later steps cost less.
/// </summary>
sealed partial class Front : IDisposable
{
    readonly AttackBatch batch;
    readonly int restart;
    readonly Ascent ascent;
    readonly bool aimsAtGates;
    Tracked? evaluatedHere;
    int[] rows;
    int evaluations;

    internal Front(AttackBatch batch, int restart, Aim aim, int steps, int[] rows, Tracked? evaluated)
    {
        (this.batch, this.restart, this.rows) = (batch, restart, rows);
        aimsAtGates = aim.PassGates;
        ascent = new Ascent(aim, steps, batch.Ball, batch.Victim);
        using var scope = NewDisposeScope();
        var index = HostMemory.Index(rows, batch.Clean.device);
        Clean = batch.Clean.index_select(0, index).DetachFromDisposeScope();
        Labels = batch.Labels.index_select(0, index).DetachFromDisposeScope();
        WrongClasses = batch.WrongClasses.index_select(0, index).DetachFromDisposeScope();
        Images = Clean.clone().DetachFromDisposeScope();
        evaluatedHere = evaluated;
    }

    /// <summary>Where the images are now, [A, C, H, W].</summary>
    public Tensor Images { get; private set; }

    /// <summary>Their clean images.</summary>
    public Tensor Clean { get; private set; }

    Tensor Labels { get; set; }

    Tensor WrongClasses { get; set; }

    /// <summary>Places each image at the one known before the attack of that rank: see <see cref="StartingPoints"/>.</summary>
    public void MoveToStart(int rank) => Place(OfBatch(batch.Starts.OfRank(rank)));

    /// <summary>Places the images at random in the ball.</summary>
    public void MoveToRandomPoint() => MoveToRandom(batch.Ball.RandomPoint);

    /// <summary>Places the images at random on the edge of the ball; where it has none, as far away as the best images found so far.</summary>
    public void MoveToRandomEdge()
    {
        using var reach = batch.Reach();
        MoveToRandom((clean, generator) => batch.Ball.RandomPointAt(reach, clean, generator));
    }

    /// <summary>Places the images at random extreme points of the ball.</summary>
    public void MoveToRandomCorner() => MoveToRandom(batch.Ball.RandomCorner);

    /// <summary>Places the images at random, by a function of the clean images [N, C, H, W] of the whole batch and what is random to points of the ball.</summary>
    public void MoveToRandom(Func<Tensor, Generator, Tensor> draw)
    {
        // Drawn for the whole batch: an image starts from the same point whichever others are still open.
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)batch.Seed(restart, 1));
        Place(OfBatch(draw(batch.Clean, generator)));
    }

    /// <summary>Moves the images by a displacement [A, C, H, W], and back into the ball and [0, 1].</summary>
    public void Move(Tensor displacement)
    {
        using var moved = Images + displacement;
        MoveTo(moved);
    }

    /// <summary>Moves the images to others [A, C, H, W], or as near as the ball and [0, 1] allow.</summary>
    public void MoveTo(Tensor images) => Place(batch.Ball.Project(images, Clean));

    /// <summary>Moves the images by a step of one length up a direction [A, C, H, W].</summary>
    public void Step(Tensor direction, double size) => Place(batch.Ball.Step(Images, direction, size, Clean));

    /// <summary>Moves the images by steps with momentum: see <see cref="Ball.StepWithMomentum"/>.</summary>
    public void StepWithMomentum(Tensor direction, float[] sizes, Tensor previous, double momentum) =>
        Place(batch.Ball.StepWithMomentum(Images, direction, sizes, previous, momentum, Clean));

    /// <summary>Moves some of the images back to where they have been before; <paramref name="before"/> has a row for each of the front's, [A, C, H, W].</summary>
    public void MoveBack(ReadOnlySpan<int> images, Tensor before)
    {
        evaluatedHere?.Dispose();
        evaluatedHere = null;
        HostMemory.CopyRows(before, images, Images, images);
    }

    /// <summary>Evaluates the images where they are, and lets those leave that are broken.</summary>
    /// <returns>What is known of those left; null when none is.</returns>
    public Reading? Evaluate()
    {
        using var scope = NewDisposeScope();
        var view = See(Images);
        var (standing, done) = batch.Consider(Images, rows, view);
        return Leave(done) is { } left ? new Reading(left, Some(standing.Near, done)).MoveToOuterDisposeScope() : null;
    }

    /// <summary>Evaluates the images where they are, lets those leave that are broken, and differentiates.</summary>
    /// <returns>What is known of those left, with the direction in which the restart's aim rises; null when none is.</returns>
    public Slope? Differentiate()
    {
        using var scope = NewDisposeScope();
        using var evaluated = evaluatedHere;
        evaluatedHere = null;
        var look = evaluated?.Select(HostMemory.Index(rows, Images.device)) ?? Track(Images);
        var (standing, done) = batch.Consider(Images, rows, look.View);
        if (!done.Contains(false))
        {
            Leave(done);
            return null;
        }
        var (direction, value) = ascent.Climb(look, done);
        var left = Leave(done)!;
        // Prices of gates change from step to step, and with them what the terms are worth.
        var values = aimsAtGates ? standing.Near : HostMemory.ReadFloats(value);
        return new Slope(left, Some(values, done), Rows(direction, left)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Evaluates images [A, C, H, W] in [0, 1] that may lie outside the ball, in place of those of the front, and lets those leave that are broken inside it.
    /// </summary>
    /// <returns>Which are left, and which of those meet the criterion [A]; null when none is left.</returns>
    public (Tensor Left, Tensor Met)? Probe(Tensor images)
    {
        using var scope = NewDisposeScope();
        var view = See(images);
        var (standing, done) = Consider(images, view);
        return Leave(done) is { } left ? (left.MoveToOuterDisposeScope(), Met(standing, done).MoveToOuterDisposeScope()) : null;
    }

    /// <summary>Like <see cref="Probe(Tensor)"/>, and differentiates a loss at the images.</summary>
    /// <param name="images">Images [A, C, H, W], anywhere in [0, 1].</param>
    /// <param name="loss">From an evaluation of R rows the loss of each, [R]: see <see cref="Shortfall"/>.</param>
    /// <param name="onlyAtZero">Whether images count only where the loss is 0.</param>
    public Probe? Probe(Tensor images, Func<Tracked, Tensor> loss, bool onlyAtZero = false)
    {
        using var scope = NewDisposeScope();
        var look = Track(images);
        var values = loss(look);
        var (standing, done) = Consider(images, look.View, onlyAtZero ? look.View.MeanOverDraws(values.detach()).eq(0) : null);
        if (!done.Contains(false))
        {
            Leave(done);
            return null;
        }
        var gradient = look.Gradient(values, batch.Victim, out var largest) / look.View.Draws;
        int[] unmet = [.. Enumerable.Range(0, rows.Length).Where(i => !standing.IsMet(i))];
        if (unmet.Length > 0)
            batch.Victim.Watch(gate: null, unmet.Any(i => largest[i] > 0));
        var value = look.View.MeanOverDraws(values.detach());
        var beyond = look.View.Often(look.View.VoteIsWrong());
        var left = Leave(done)!;
        var met = Met(standing, done);
        return new Probe(left, met, Rows(beyond, left).logical_or(met), Rows(value, left), Rows(gradient, left)).MoveToOuterDisposeScope();
    }

    /// <summary>A loss for <see cref="Probe(Tensor, Func{Tracked, Tensor}, bool)"/>: <see cref="Ensembles.Attacks.Shortfall.Of"/>.</summary>
    public Func<Tracked, Tensor> Shortfall(double confidence) => look =>
    {
        using var shortfall = batch.ShortfallOf(rows);
        return shortfall.Of(look.View, confidence);
    };

    /// <summary>A loss for <see cref="Probe(Tensor, Func{Tracked, Tensor}, bool)"/>: <see cref="Ensembles.Attacks.Shortfall.Soft"/>.</summary>
    public Func<Tracked, Tensor> SoftShortfall => look =>
    {
        using var shortfall = batch.ShortfallOf(rows);
        return shortfall.Soft(look.View);
    };

    /// <summary>Those rows of a tensor over the whole batch [N, ...] that belong to the images of the front, [A, ...].</summary>
    public Tensor OfBatch(Tensor all)
    {
        using var index = HostMemory.Index(rows, all.device);
        return all.index_select(0, index);
    }

    /// <summary>Asks the defense about images [R, C, H, W] anywhere in [0, 1]. Nothing is kept of them, and none leaves.</summary>
    /// <param name="images">The images; of those of the front one after the other, and round again, or as <paramref name="of"/> says.</param>
    /// <param name="of">In place of which of the front's images each is, int64 [R].</param>
    /// <returns>How near each is to the criterion [R], see <see cref="Nearness"/>, and whether it meets it [R].</returns>
    public (Tensor Near, Tensor Met) Ask(Tensor images, Tensor? of = null)
    {
        using var scope = NewDisposeScope();
        var draws = batch.Victim.Surface.EotSamples;
        batch.ThrowIfCancelled();
        var output = batch.Victim.Evaluate(images.detach(), draws, batch.Seed(restart, 2 + evaluations++));
        int[] places = of is null
            ? [.. Enumerable.Range(0, (int)images.size(0)).Select(i => rows[i % rows.Length])]
            : [.. HostMemory.ReadLongs(of).Select(place => rows[place])];
        var standing = batch.StandingOf(output, places, draws);
        var met = Enumerable.Range(0, places.Length).Select(standing.IsMet).ToArray();
        return (tensor(standing.Near, device: images.device).MoveToOuterDisposeScope(), tensor(met, device: images.device).MoveToOuterDisposeScope());
    }

    /// <summary>Goes on with some of the images, int64 [a], ascending.</summary>
    public void Keep(Tensor left)
    {
        if (left.size(0) == rows.Length)
            return;
        ascent.Select(left);
        var clean = Clean;
        (Images, Clean, Labels, WrongClasses) = (Some(Images), Clean.index_select(0, left).DetachFromDisposeScope(), Some(Labels), Some(WrongClasses));
        batch.Ball.Follow(clean, left, Clean);
        clean.Dispose();
        rows = [.. HostMemory.ReadLongs(left).Select(i => rows[i])];

        Tensor Some(Tensor all)
        {
            using (all)
                return all.index_select(0, left).DetachFromDisposeScope();
        }
    }

    (Standing Standing, bool[] Done) Consider(Tensor images, SurfaceView view, Tensor? allowed = null)
    {
        var inside = batch.Ball.IsUnbounded ? null : batch.Ball.Distances(images, Clean).le(batch.Ball.Epsilon);
        allowed = allowed is null || inside is null ? allowed ?? inside : allowed.logical_and(inside);
        return batch.Consider(images, rows, view, allowed?.cpu().data<bool>().ToArray());
    }

    Tracked Track(Tensor images)
    {
        var leaf = images.detach().clone().requires_grad_(true);
        return new Tracked(See(leaf), leaf);
    }

    SurfaceView See(Tensor images)
    {
        batch.ThrowIfCancelled();
        var draws = batch.Victim.Surface.EotSamples;
        var output = batch.Victim.Evaluate(images, draws, batch.Seed(restart, 2 + evaluations++));
        return new SurfaceView(output, Labels, WrongClasses, draws);
    }

    void Place(Tensor images)
    {
        evaluatedHere?.Dispose();
        evaluatedHere = null;
        Images.Dispose();
        Images = images.DetachFromDisposeScope();
    }

    /// <summary>Goes on without the images that are done with.</summary>
    /// <returns>Which are left, int64 [a]; null when none is.</returns>
    Tensor? Leave(bool[] done)
    {
        int[] left = [.. Enumerable.Range(0, done.Length).Where(i => !done[i])];
        var index = HostMemory.Index(left, Images.device);
        Keep(index);
        return left.Length == 0 ? null : index;
    }

    /// <summary>Which of the images that are not done with meet the criterion.</summary>
    Tensor Met(Standing standing, bool[] done) =>
        tensor(Enumerable.Range(0, done.Length).Where(i => !done[i]).Select(standing.IsMet).ToArray(), device: Images.device);

    static float[] Some(float[] values, bool[] done) => [.. values.Where((_, i) => !done[i])];

    /// <summary>Some rows of a tensor, int64 [a], ascending: itself where they are all.</summary>
    static Tensor Rows(Tensor all, Tensor left) => left.size(0) == all.size(0) ? all.alias() : all.index_select(0, left);

    /// <inheritdoc/>
    public void Dispose()
    {
        Images.Dispose();
        Clean.Dispose();
        Labels.Dispose();
        WrongClasses.Dispose();
        evaluatedHere?.Dispose();
        ascent.Dispose();
    }
}
