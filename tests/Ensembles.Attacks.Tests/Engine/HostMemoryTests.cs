using Ensembles.Numerics;
using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// What is computed in the host's memory, in one pass, is what torch computes from the formula, bit for bit.
/// </summary>
public class HostMemoryTests
{
    /// <summary>Images whose values do not fill whole vectors, with pixels at 0 and 1.</summary>
    static readonly Tensor clean =
        (rand([5, 3, 5, 7], generator: new Generator(1)) * 1.5 - 0.25).clamp(0, 1).DetachFromDisposeScope();

    [Theory]
    [InlineData(0.1)]
    [InlineData(1 / 3.0)]
    public void Steps_under_Linf(double epsilon)
    {
        using var scope = NewDisposeScope();
        using var ball = Ball.Create(new ThreatModel(Norm.Linf, epsilon));
        using var generator = new Generator(2);
        Tensor Start() => ball.RandomPoint(clean, generator);
        var (images, previous) = (Start(), Start());
        var direction = randn(clean.shape, generator: generator) * rand(clean.shape, generator: generator).gt(0.3);
        float[] sizes = [2e-1f, 1e-1f, 5e-2f, 1e-3f, 0.7f];

        Assert.Equal(
            Samples.Floats(ball.Step(images, Strided(direction), 0.07, clean)),
            Samples.Floats(ball.Step(images, direction, 0.07, clean)));
        Assert.Equal(
            Samples.Floats(ball.StepWithMomentum(images, Strided(direction), sizes, previous, 0.25, clean)),
            Samples.Floats(ball.StepWithMomentum(images, direction, sizes, previous, 0.25, clean)));
    }

    /// <summary>The edges of the ball are kept for the images that are left, and are not those of others.</summary>
    [Fact]
    public void The_range_of_a_ball_follows_the_images_that_are_left()
    {
        using var scope = NewDisposeScope();
        using var ball = Ball.Create(new ThreatModel(Norm.Linf, 0.1));
        using var fresh = Ball.Create(new ThreatModel(Norm.Linf, 0.1));
        var far = 1 - clean;
        ball.Project(far, clean);
        var left = tensor(new long[] { 1, 4 });
        var (some, cleanLeft) = (far.index_select(0, left), clean.index_select(0, left));
        ball.Select(clean, left, cleanLeft);
        Assert.Equal(Samples.Floats(fresh.Project(some, cleanLeft)), Samples.Floats(ball.Project(some, cleanLeft)));
        Assert.Equal(Samples.Floats(fresh.Project(far, clean)), Samples.Floats(ball.Project(far, clean)));
    }

    [Fact]
    public void Largest_entries()
    {
        using var scope = NewDisposeScope();
        var gradient = randn([6, 3, 5, 7], generator: new Generator(3));
        gradient[1].zero_();
        gradient[2].neg_().zero_();
        gradient[3, 2, 4, 6] = float.NaN;
        gradient[4, 0, 0, 0] = float.NegativeInfinity;
        var largest = LargestEntries.OnHost(gradient);
        Assert.Equal(LargestEntries.ByTorch(gradient), largest);
        Assert.Equal(
            (0, 0, true, float.PositiveInfinity), (largest[1], largest[2], float.IsNaN(largest[3]), largest[4]));
        Assert.True(float.IsNaN(LargestEntries.FindOfAll(gradient)));
    }

    [Fact]
    public void Rows_copied()
    {
        using var scope = NewDisposeScope();
        var (onHost, byTorch) = (clean.clone(), clean.clone());
        HostMemory.CopyRows(1 - clean, [0, 3], onHost, [4, 1]);
        HostMemory.CopyRows(Strided(1 - clean), [0, 3], byTorch, [4, 1]);
        Assert.Equal(Samples.Floats(byTorch), Samples.Floats(onHost));
        Assert.Equal(Samples.Floats(1 - clean[3]), Samples.Floats(onHost[1]));
        Assert.Equal(Samples.Floats(clean[0]), Samples.Floats(onHost[0]));
    }

    /// <summary>The lead of a class over the others as a masked maximum, and its gradient.</summary>
    [Fact]
    public void Leads_and_their_gradients()
    {
        using var scope = NewDisposeScope();
        var classes = tensor(new long[] { 0, 3, 1, 2, 2 });
        var scores = randn([5, 4], generator: new Generator(4));
        scores[4, 0] = float.NegativeInfinity;

        var (value, gradient) = Differentiated(s => Margins.Lead(s, classes));
        var (expected, expectedGradient) = Differentiated(s =>
        {
            var own = zeros_like(s, dtype: ScalarType.Bool).scatter(
                1, classes.unsqueeze(1), ones(5, 1, dtype: ScalarType.Bool));
            return s.gather(1, classes.unsqueeze(1)).squeeze(1) - s.masked_fill(own, float.NegativeInfinity).amax([1]);
        });
        Assert.Equal(expected, value);
        Assert.Equal(expectedGradient, gradient);
        Assert.True(float.IsNaN(Margins.Of([1, float.NaN, 0], label: 0)));

        (float[], float[]) Differentiated(Func<Tensor, Tensor> lead)
        {
            var leaf = scores.clone().requires_grad_(true);
            var leads = lead(leaf);
            leads.sum().backward();
            return (Samples.Floats(leads), Samples.Floats(leaf.grad!));
        }
    }

    /// <summary>
    /// min(m, 0) - sum_g max(e_g, 0) to misclassify and max(m, max_g e_g) to disrupt, in units of the clean images',
    /// the mean over three draws.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Nearness_to_the_criterion(bool misclassify)
    {
        using var scope = NewDisposeScope();
        var labels = tensor(new long[] { 0, 1, 2, 3, 0 });
        SurfaceOutput Output(ulong seed)
        {
            var generator = new Generator(seed);
            var logits = randn([2, 15, 4], generator: generator);
            var decided = randint(-1, 4, [15], dtype: ScalarType.Int64, generator: generator);
            return new SurfaceOutput(
                logits, logits.mean([0]), decided, randn([2, 15], generator: generator), tensor(new[] { 0.1f, -0.2f }));
        }
        var criterion = misclassify ? Criterion.Misclassified : Criterion.Disrupted;
        var (clean, output) = (Output(5), Output(6));
        var batch = new BatchCriterion(criterion, clean, labels, draws: 3);
        var now = new DefenseEvaluation(output, output.Scores, batch, draws: 3);
        var result = batch.Judge(output, [0, 1, 2, 3, 4], draws: 3);

        Tensor UnitOf(Tensor rows) => rows.view(-1, 3, 5).mean([1]).abs().repeat(1, 3);
        var excessUnit = UnitOf(clean.GateScores - clean.GateThresholds.unsqueeze(1));
        var margin = now.Margins(output.Scores) / UnitOf(Margins.Of(clean.Scores, labels.repeat(3)));
        var excess = now.GateExcess() / excessUnit;
        var nearness = misclassify
            ? margin.clamp(max: 0) - excess.clamp(min: 0).sum([0])
            : margin.maximum(excess.amax([0]));
        var met = output.Labels.ne(labels.repeat(3));
        if (misclassify)
            met = met.logical_and(output.Labels.ne(Decision.Reject));
        Assert.Equal(Samples.Floats(now.MeanOverDraws(nearness.flatten())), result.Nearness);
        Assert.Equal(Samples.Floats(now.MeanOverDraws(met.to_type(ScalarType.Float32))), result.Share);
    }

    /// <summary>The same values, laid out in a way that torch alone passes through.</summary>
    static Tensor Strided(Tensor values)
    {
        var strided = cat([values, values], 3).narrow(3, 0, values.size(3));
        Assert.False(HostMemory.Holds(strided));
        return strided;
    }
}
