using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>Evaluations of the images of an active set, and of others in their place.</summary>
public sealed partial class ActiveSet
{
    /// <summary>Evaluates the images where they are, and lets those leave that are broken.</summary>
    /// <returns>
    /// How near those left are to the criterion, [A], in units of how far their clean images were from it, the higher
    /// the nearer; null when none is left.
    /// </returns>
    public float[]? Evaluate()
    {
        using var scope = NewDisposeScope();
        var (output, draws) = Ask(Images);
        var (result, done) = batch.Consider(Images, rows, output, draws);
        Keep(Left(done));
        return Count == 0 ? null : Some(result.Nearness, done);
    }

    /// <summary>Evaluates the images where they are, lets those leave that are broken, and differentiates.</summary>
    /// <returns>What is known of those left; null when none is.</returns>
    public GradientEvaluation? Differentiate()
    {
        using var scope = NewDisposeScope();
        using var evaluated = evaluatedHere;
        evaluatedHere = null;
        var here = evaluated?.Select(HostMemory.Index(rows, Images.device), criterion) ?? Follow(Images);
        var (result, done) = batch.Consider(Images, rows, here.Output, here.Draws);
        if (!done.Contains(false))
        {
            Keep(Left(done));
            return null;
        }
        var (direction, value) = ascent.Climb(here, done);
        if (ascent.LargestOfVote is { } largest)
            batch.NoteGradients(rows, largest, done);
        // Prices of gates change from step to step, and with them what the terms are worth.
        var values = passesGates ? result.Nearness : HostMemory.ReadFloats(value);
        var left = Left(done);
        Keep(left);
        return new GradientEvaluation(Rows(direction, left), Some(values, done)).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Evaluates images [A, C, H, W] in [0, 1] that may lie outside the ball, in place of those of the set, and lets
    /// those leave that are broken inside it.
    /// </summary>
    /// <returns>What is known of those left; null when none is.</returns>
    public PointEvaluation? EvaluateAt(Tensor images)
    {
        using var scope = NewDisposeScope();
        var (output, draws) = Ask(images);
        var (result, done) = Consider(images, output, draws);
        var left = Left(done);
        // Before the others leave: what was shown may be remembered by the set, and then goes with them.
        var surely = Met(result, done, surely: true);
        var point = new PointEvaluation(Rows(images, left), Met(result, done)) { IsSurelyMet = surely };
        MoveToOuterScope(point.Images, point.IsMet, surely);
        Keep(left);
        return Count == 0 ? null : point;
    }

    /// <summary>Like <see cref="EvaluateAt"/>, and differentiates a loss at the images.</summary>
    /// <param name="images">Images [A, C, H, W], anywhere in [0, 1].</param>
    /// <param name="loss">From an evaluation of R rows the loss of each, [R]: see <see cref="HingeLoss"/>.</param>
    /// <param name="onlyAtZero">Whether images count only where the loss is 0.</param>
    public PointGradient? DifferentiateAt(Tensor images, Func<DefenseEvaluation, Tensor> loss, bool onlyAtZero = false)
    {
        using var scope = NewDisposeScope();
        var here = Follow(images);
        var values = loss(here);
        var allowed = onlyAtZero ? here.MeanOverDraws(values.detach()).eq(0) : null;
        var (result, done) = Consider(images, here.Output, here.Draws, allowed);
        if (!done.Contains(false))
        {
            Keep(Left(done));
            return null;
        }
        var gradient = batch.Defense.Gradient(values, here, out var largest) / here.Draws;
        int[] unmet = [.. Enumerable.Range(0, rows.Length).Where(i => !result.IsMet(i))];
        if (unmet.Length > 0)
            batch.Defense.Watch(gate: null, unmet.Any(i => largest[i] > 0));
        batch.NoteGradients(rows, largest, [.. Enumerable.Range(0, rows.Length).Select(result.IsMet)]);
        var value = here.MeanOverDraws(values.detach());
        var voteMeets = here.MajorityOfDraws(here.VoteMeetsCriterion());
        var (left, met) = (Left(done), Met(result, done));
        var point = new PointGradient(
            Rows(images, left), met, Rows(voteMeets, left).logical_or(met), Rows(value, left), Rows(gradient, left));
        MoveToOuterScope(point.Images, point.IsMet, point.VoteMeets, point.Loss, point.Gradient);
        Keep(left);
        return point;
    }

    /// <summary>
    /// Asks the defense about images [R, C, H, W] anywhere in [0, 1]. Nothing is kept of them, and none leaves.
    /// </summary>
    /// <param name="images">
    /// The images; of those of the set one after the other, and round again, or as <paramref name="of"/> says.
    /// </param>
    /// <param name="of">In place of which of the set's images each is, int64 [R].</param>
    /// <returns>
    /// How near each is to the criterion [R], as <see cref="Evaluate"/> says it, and whether it meets it [R].
    /// </returns>
    public (Tensor Nearness, Tensor IsMet) Query(Tensor images, Tensor? of = null)
    {
        using var scope = NewDisposeScope();
        var (output, draws) = Ask(images.detach());
        int[] places = of is null
            ? [.. Enumerable.Range(0, (int)images.size(0)).Select(i => rows[i % rows.Length])]
            : [.. HostMemory.ReadLongs(of).Select(place => rows[place])];
        var result = batch.Judge(output, places, draws);
        bool[] met = [.. Enumerable.Range(0, places.Length).Select(result.IsMet)];
        var (nearness, isMet) = (tensor(result.Nearness, device: images.device), tensor(met, device: images.device));
        return (nearness.MoveToOuterDisposeScope(), isMet.MoveToOuterDisposeScope());
    }

    (CriterionResult Result, bool[] Done) Consider(
        Tensor images, SurfaceOutput output, int draws, Tensor? allowed = null)
    {
        var inside = Ball.IsUnbounded ? null : Ball.Distances(images, Clean).le(Ball.Epsilon);
        allowed = allowed is null || inside is null ? allowed ?? inside : allowed.logical_and(inside);
        return batch.Consider(images, rows, output, draws, allowed?.cpu().data<bool>().ToArray());
    }

    /// <summary>An evaluation whose gradients can be followed to the images.</summary>
    DefenseEvaluation Follow(Tensor images)
    {
        var leaf = images.detach().requires_grad_(true);
        if (batch.Defense.IsHeated)
        {
            var (exact, ofExact) = Ask(images.detach());
            var heated = batch.Defense.EvaluateHeated(leaf, exact, ofExact, Seed(1 + evaluations));
            return new DefenseEvaluation(heated, leaf, criterion, ofExact);
        }
        var (output, draws) = Ask(leaf);
        return new DefenseEvaluation(output, leaf, criterion, draws);
    }

    (SurfaceOutput Output, int Draws) Ask(Tensor images)
    {
        batch.ThrowIfCancelled();
        var draws = batch.Surface.EotSamples;
        return (batch.Defense.Evaluate(images, draws, Seed(2 + evaluations++)), draws);
    }

    /// <summary>Which images are not done with, int64 [a].</summary>
    Tensor Left(bool[] done) =>
        HostMemory.Index([.. Enumerable.Range(0, done.Length).Where(i => !done[i])], Images.device);

    /// <summary>Which of the images that are not done with meet the criterion, or do so surely.</summary>
    Tensor Met(CriterionResult result, bool[] done, bool surely = false)
    {
        Func<int, bool> isMet = surely ? result.IsSurelyMet : result.IsMet;
        bool[] met = [.. Enumerable.Range(0, done.Length).Where(i => !done[i]).Select(isMet)];
        return tensor(met, device: Images.device);
    }

    static float[] Some(float[] values, bool[] done) => [.. values.Where((_, i) => !done[i])];

    /// <summary>Some rows of a tensor, int64 [a], ascending: itself where they are all.</summary>
    static Tensor Rows(Tensor all, Tensor left) =>
        left.size(0) == all.size(0) ? all.alias() : all.index_select(0, left);

    static void MoveToOuterScope(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (var tensor in tensors)
            tensor.MoveToOuterDisposeScope();
    }
}
