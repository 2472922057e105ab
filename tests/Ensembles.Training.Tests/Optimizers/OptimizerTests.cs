using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training.Tests.Optimizers;

/// <summary>What the trainer does to one weight vector, against the formulas written out.</summary>
public sealed class OptimizerTests : IDisposable
{
    readonly LabeledImages images = Bars.Make(6, seed: 1);

    public void Dispose() => images.Dispose();

    [Theory]
    [InlineData(0.9, false, 0)]
    [InlineData(0.9, true, 0.01)]
    [InlineData(0.5, false, 0.1)]
    public void Sgd(double momentum, bool nesterov, double decay)
    {
        var optimizer = new SgdOptimizer { Momentum = momentum, Nesterov = nesterov, WeightDecay = decay };
        AssertSteps(optimizer, rate: 0.1, (w, state, _) =>
        {
            var g = Gradient(w) + decay * w;
            var v = state.TryGetValue("v", out var before) ? momentum * before + g : g;
            state["v"] = v;
            return w - 0.1 * (nesterov ? g + momentum * v : v);
        });
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.1)]
    public void Adam(double decay) => AssertSteps(
        new AdamOptimizer { WeightDecay = decay }, rate: 0.05, (w, state, t) =>
            w - 0.05 * AdamStep(Gradient(w) + decay * w, state, t));

    [Fact]
    public void AdamW_decays_apart_from_the_gradient() => AssertSteps(
        new AdamWOptimizer { WeightDecay = 0.1 }, rate: 0.05, (w, state, t) =>
            (1 - 0.05 * 0.1) * w - 0.05 * AdamStep(Gradient(w), state, t));

    [Fact]
    public void Clipping_scales_all_gradients_alike_down_to_the_limit()
    {
        using var scope = NewDisposeScope();
        using var vector = new Vector();
        var before = vector.Weight.detach().clone();
        var norm = Gradient(before).norm().item<float>();
        var options = Options(new SgdOptimizer { Momentum = 0 }, 0.1) with { GradientClipping = norm / 2 };
        new Trainer(vector, options with { Epochs = 1 }).Train(images, vector.Loss);
        TensorAssert.Near(before - 0.1 * Gradient(before) / 2, vector.Weight.detach(), 1e-6);
    }

    [Fact]
    public void Gradients_below_the_limit_stay_as_they_are()
    {
        using var clipped = new Vector();
        using var free = new Vector();
        var options = Options(new SgdOptimizer(), 0.1);
        new Trainer(clipped, options with { GradientClipping = 1e3 }).Train(images, clipped.Loss);
        new Trainer(free, options).Train(images, free.Loss);
        TensorAssert.SameState(free, clipped);
    }

    [Fact]
    public void The_average_of_the_weights_follows_its_formula_and_takes_their_place_at_the_end()
    {
        using var scope = NewDisposeScope();
        using var averaged = new Vector();
        var w = averaged.Weight.detach().clone();
        var average = w;
        for (var step = 0; step < 3; step++)
        {
            w = w - 0.1 * Gradient(w);
            average = 0.8 * average + 0.2 * w;
        }

        var options = Options(new SgdOptimizer { Momentum = 0 }, 0.1) with { WeightAveraging = 0.8 };
        new Trainer(averaged, options).Train(images, averaged.Loss);
        TensorAssert.Near(average, averaged.Weight.detach(), 1e-6);
    }

    /// <summary>A part with an optimizer and a rate of its own leaves the others to the run's.</summary>
    [Fact]
    public void Parts_follow_optimizers_of_their_own()
    {
        using var scope = NewDisposeScope();
        using var one = new Vector();
        using var two = new Vector();
        var start = one.Weight.detach().clone();
        new Trainer(one, Options(new SgdOptimizer { Momentum = 0 }, 0.1) with { Epochs = 1 })
            .With("two", two, new SgdOptimizer { Momentum = 0, LearningRate = 0.3 })
            .Train(images, batch => new BatchLoss(one.Loss(batch).Loss + two.Loss(batch).Loss, one.Loss(batch).Logits));
        TensorAssert.Near(start - 0.1 * Gradient(start), one.Weight.detach(), 1e-6);
        TensorAssert.Near(start - 0.3 * Gradient(start), two.Weight.detach(), 1e-6);
    }

    void AssertSteps(
        TrainingOptimizer optimizer, double rate, Func<Tensor, Dictionary<string, Tensor>, int, Tensor> step)
    {
        using var scope = NewDisposeScope();
        using var vector = new Vector();
        var (expected, state) = (vector.Weight.detach().clone(), new Dictionary<string, Tensor>());
        for (var t = 1; t <= 3; t++)
            expected = step(expected, state, t);
        new Trainer(vector, Options(optimizer, rate)).Train(images, vector.Loss);
        TensorAssert.Near(expected, vector.Weight.detach(), 2e-6);
    }

    static TrainingOptions Options(TrainingOptimizer optimizer, double rate) => new()
    {
        Optimizer = optimizer, LearningRate = rate, Schedule = new ConstantSchedule(), Epochs = 3, BatchSize = 6,
    };

    /// <summary>m-hat / (sqrt(v-hat) + 1e-8).</summary>
    static Tensor AdamStep(Tensor g, Dictionary<string, Tensor> state, int t)
    {
        var m = state["m"] = 0.9 * state.GetValueOrDefault("m", zeros_like(g)) + 0.1 * g;
        var v = state["v"] = 0.999 * state.GetValueOrDefault("v", zeros_like(g)) + 0.001 * g * g;
        return m / (1 - Math.Pow(0.9, t)) / ((v / (1 - Math.Pow(0.999, t))).sqrt() + 1e-8);
    }

    /// <summary>Of f(w) = w_1^2 + 2 w_2^2 + 3 w_3^2.</summary>
    static Tensor Gradient(Tensor w) => 2 * tensor([1f, 2, 3]) * w;

    sealed class Vector : Module
    {
        public Vector() : base(nameof(Vector)) =>
            register_parameter("weight", Weight = Parameter(tensor([1f, -2, 0.5f]).DetachFromDisposeScope()));

        public TorchSharp.Modules.Parameter Weight { get; }

        public BatchLoss Loss(TrainingBatch batch) =>
            new((tensor([1f, 2, 3]) * Weight * Weight).sum(), zeros(batch.Labels.size(0), 2));
    }
}
