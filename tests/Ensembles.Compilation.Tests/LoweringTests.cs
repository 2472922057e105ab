using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Compiling.Tests;

public class LoweringTests
{
    [Fact]
    public void Every_known_layer_computes_what_the_module_does_and_folding_leaves_no_normalisation_behind_a_layer()
    {
        manual_seed(4);
        var ensemble = new Handmade<MeanLogit>([new Layered(Given.EveryLayer())]);
        ensemble.eval();
        using var plan = ensemble.Compile(Given.Options);
        using var images = Given.Images(9);

        PlanAssert.DecidesAlike(ensemble, plan, images);
        // The first stands before every convolution, and has nothing to go into.
        Assert.Contains("4 batch normalisations folded", plan.ToString());
        // That after the average pooling follows a convolution; Sigmoid keeps its own forward.
        Assert.Contains("own forward on a frozen copy: Sigmoid", plan.ToString());
    }

    [Theory]
    [InlineData(Precision.Float32, false)]
    [InlineData(Precision.Float32, true)]
    [InlineData(Precision.BFloat16, true)]
    public void Residual_blocks_are_taken_apart(Precision precision, bool channelsLast)
    {
        manual_seed(4);
        var ensemble = new Handmade<MeanLogit>([new Layered(Given.Residual()), new Layered(Given.Residual())]);
        ensemble.eval();
        using var images = Given.Images(9);
        using var expected = ensemble.call(images);
        var options = Given.Options with
        {
            Precision = precision, Choices = new(channelsLast, 64, 0),
        };
        using var plan = ensemble.Compile(options);
        using var actual = plan.Decide(images);
        Assert.DoesNotContain("own forward", plan.ToString());
        Assert.Contains("3 batch normalisations folded", plan.ToString());
        PlanAssert.Close(expected.MemberLogits, actual.MemberLogits, precision == Precision.Float32 ? 1e-5 : 0.1);
    }

    [Theory]
    [InlineData(true, 0)]
    [InlineData(true, 99)]
    [InlineData(false, 0)]
    [InlineData(false, 2)]
    public void Layout_and_stacking_change_no_decision(bool channelsLast, int stackUpTo)
    {
        using var ensemble = Given.Ensemble<WeightedMean>(members: 4);
        using var plan = ensemble.Compile(Given.Options with { Choices = new(channelsLast, 64, stackUpTo) });
        foreach (var count in new[] { 1, 2, 30 })
        {
            using var images = Given.Images(count);
            PlanAssert.DecidesAlike(ensemble, plan, images);
        }

        Assert.Contains(
            stackUpTo == 0
                ? "one network for M0, M1, M2, M3: never"
                : $"one network for M0, M1, M2, M3: up to {stackUpTo} images",
            plan.ToString());
    }

    [Fact]
    public void Members_of_other_architectures_stand_beside_the_stack()
    {
        manual_seed(5);
        var ensemble = new Handmade<MeanLogit>(
            [
                new Layered(Given.SmallNetwork()),
                new Layered(Sequential(Flatten(), Linear(288, 7), ReLU(), Linear(7, 4))),
                new Layered(Given.SmallNetwork()),
                new Layered(Sequential(Flatten(), Linear(288, 7), ReLU(), Linear(7, 4))),
                new OwnForward(),
            ]);
        ensemble.eval();
        using var plan = ensemble.Compile(Given.Options with { Choices = new(true, 64, 99) });
        using var images = Given.Images(5);

        PlanAssert.DecidesAlike(ensemble, plan, images);
        Assert.Contains("one network for M0, M2", plan.ToString());
        Assert.Contains("one network for M1, M3", plan.ToString());
    }

    [Fact]
    public void A_forward_of_the_users_own_runs_on_a_frozen_copy_with_lowered_parts()
    {
        manual_seed(6);
        var own = new OwnForward { Gain = 0.7 };
        Given.Settled((Sequential)own.named_children().Single(child => child.name == "block").module);
        var ensemble = new Handmade<MeanLogit>([own]);
        ensemble.eval();
        using var plan = ensemble.Compile(Given.Options);
        using var images = Given.Images(5);

        PlanAssert.DecidesAlike(ensemble, plan, images);
        Assert.Contains("own forward on a frozen copy: OwnForward", plan.ToString());
    }

    [Fact]
    public void Lists_and_dictionaries_of_modules_and_parameters_are_copied()
    {
        manual_seed(6);
        var listed = new Listed();
        Given.Settled((Sequential)listed.named_children().Single(child => child.name == "first").module);
        var ensemble = new Handmade<MeanLogit>([listed]);
        ensemble.eval();
        using var plan = ensemble.Compile(Given.Options);
        using var images = Given.Images(5);

        PlanAssert.DecidesAlike(ensemble, plan, images);
        Assert.Contains("own forward on a frozen copy: Listed", plan.ToString());
        using var before = plan.Decide(images);
        using (no_grad())
        {
            foreach (var parameter in listed.parameters())
                parameter.zero_();
        }

        using var after = plan.Decide(images);
        Assert.True(before.MemberLogits.Equals(after.MemberLogits));
    }

    [Fact]
    public void Compiling_leaves_the_ensemble_bit_for_bit_as_it_was()
    {
        manual_seed(6);
        var ensemble = new Handmade<MeanLogit>([new OwnForward(), new Layered(Given.EveryLayer())]);
        ensemble.eval();
        using var scope = NewDisposeScope();
        var images = Given.Images(5);
        var before = ensemble.call(images);
        var strides = ensemble.parameters().Select(p => string.Join(",", p.stride())).ToList();
        ensemble.train();

        ensemble.Compile(Given.Options).Dispose();

        Assert.True(ensemble.modules().All(module => module.training));
        ensemble.eval();
        Assert.Equal(strides, ensemble.parameters().Select(p => string.Join(",", p.stride())));
        Assert.True(ensemble.parameters().All(p => p.requires_grad));
        Assert.True(before.MemberLogits.Equals(ensemble.call(images).MemberLogits));
    }

    [Fact]
    public void Compiling_leaves_the_global_generator_alone()
    {
        using var ensemble = Given.Ensemble<MeanLogit>();
        manual_seed(8);
        using var expected = rand(3);
        manual_seed(8);
        ensemble.Compile(new CompileOptions(2, 12, 12)).Dispose();
        using var actual = rand(3);

        Assert.True(expected.Equals(actual));
    }

    [Fact]
    public void What_cannot_be_copied_runs_as_it_is_and_the_plan_says_why()
    {
        manual_seed(7);
        var hooked = new Layered(Given.SmallNetwork());
        hooked.modules().OfType<ReLU>().First().register_forward_hook((_, _, output) => output * 2);
        var ensemble = new Handmade<MeanLogit>([new Delegating(), hooked, new Noisy()]);
        ensemble.eval();
        using var plan = ensemble.Compile(Given.Options);
        using var images = Given.Images(6);

        manual_seed(1);
        using var expected = ensemble.call(images);
        manual_seed(1);
        using var actual = plan.Decide(images);
        Assert.True(expected.MemberLogits.Equals(actual.MemberLogits));
        Assert.Contains("M0: runs as it is, on its own weights: Delegating's field run holds a Func", plan.ToString());
        Assert.Contains("M1: runs as it is, on its own weights: ReLU has hooks", plan.ToString());
        Assert.Contains("M2: runs as it is, on its own weights: it draws random numbers", plan.ToString());
    }

    [Fact]
    public void Layers_that_are_not_the_forward_are_refused()
    {
        var ensemble = new Handmade<MeanLogit>([new Untrue()]);
        ensemble.eval();

        Assert.Contains("M0", Assert.Throws<InvalidOperationException>(() => ensemble.Compile(Given.Options)).Message);
    }

    [Fact]
    public void Normalising_by_the_batch_is_refused()
    {
        var ensemble = new Handmade<MeanLogit>(
            [new Layered(Sequential(BatchNorm2d(2, track_running_stats: false), Flatten(), Linear(288, 4)))]);
        ensemble.eval();

        Assert.Contains(
            "batch", Assert.Throws<InvalidOperationException>(() => ensemble.Compile(Given.Options)).Message);
    }

    public static TheoryData<Func<Module<Tensor, Tensor>>> Comparing => new()
    {
        () => new Centered(),
        () => new BatchNormalized(),
    };

    [Theory]
    [MemberData(nameof(Comparing))]
    public void A_forward_that_compares_the_images_of_a_batch_is_refused(Func<Module<Tensor, Tensor>> make)
    {
        manual_seed(1);
        var ensemble = new Handmade<MeanLogit>([new Layered(Given.SmallNetwork()), new Whole(make())]);
        ensemble.eval();

        var refusal = Assert.Throws<InvalidOperationException>(() => ensemble.Compile(Given.Options)).Message;
        Assert.StartsWith("What M1 answers for an image depends on the other images of its batch", refusal);
        var gate = new Handmade<MeanLogit>([new Layered(Given.SmallNetwork())], [new Outlier()]);
        gate.eval();
        gate.CalibrateGates(Given.Images(20));
        Assert.Contains(
            "What G0 answers", Assert.Throws<InvalidOperationException>(() => gate.Compile(Given.Options)).Message);
    }

    [Fact]
    public void What_runs_as_it_is_sees_every_batch_whole()
    {
        manual_seed(1);
        var ensemble = new Handmade<MeanLogit>([new Layered(Given.SmallNetwork()), new CenteredByDelegate()]);
        ensemble.eval();
        using var plan = ensemble.Compile(Given.Options);
        using var images = Given.Images(700);
        // Sorted by brightness, so that any part of them has another mean.
        using var sorted = images.index_select(0, images.mean([1, 2, 3]).argsort());
        using var many = sorted.repeat_interleave((HostImages.AtOnce([2, 12, 12]) / 700) + 1, 0);

        PlanAssert.DecidesAlike(ensemble, plan, sorted);
        PlanAssert.DecidesAlike(ensemble, plan, many);
    }

    [Fact]
    public void Bfloat16_is_close_and_gives_float32()
    {
        using var ensemble = Given.Ensemble<MeanProbability>(members: 3);
        using var images = Given.Images(40);
        using var expected = ensemble.call(images);
        foreach (var stackUpTo in new[] { 0, 64 })
        {
            using var plan = ensemble.Compile(
                Given.Options with { Precision = Precision.BFloat16, Choices = new(true, 64, stackUpTo) });
            using var actual = plan.Decide(images);

            Assert.Equal(ScalarType.Float32, actual.MemberLogits.dtype);
            // Eight bits of mantissa through four layers.
            var size = expected.MemberLogits.abs().max().item<float>();
            var error = (expected.MemberLogits - actual.MemberLogits).abs().max().item<float>();
            Assert.InRange(error, size * 1e-5, size * 0.03);
        }
    }

    /// <summary>A classifier around a network.</summary>
    sealed class Whole : Classifier
    {
        readonly Module<Tensor, Tensor> network;

        public Whole(Module<Tensor, Tensor> network)
        {
            this.network = network;
            RegisterComponents();
        }

        public override Tensor forward(Tensor images) => network.call(images);
    }

    sealed class Centered : Module<Tensor, Tensor>
    {
        readonly Linear linear = Linear(288, Given.Classes);

        public Centered() : base(nameof(Centered)) => RegisterComponents();

        public override Tensor forward(Tensor images) => linear.call((images - images.mean([0])).flatten(1));
    }

    sealed class BatchNormalized : Module<Tensor, Tensor>
    {
        readonly BatchNorm2d norm = BatchNorm2d(2, track_running_stats: false);
        readonly Linear linear = Linear(288, Given.Classes);

        public BatchNormalized() : base(nameof(BatchNormalized)) => RegisterComponents();

        public override Tensor forward(Tensor images) => linear.call(norm.call(images).flatten(1));
    }

    sealed class Outlier() : Detector(nameof(Outlier))
    {
        public override Tensor forward(Tensor images) => (images - images.mean([0])).flatten(1).norm(1);
    }

    sealed class CenteredByDelegate : Classifier
    {
        readonly Centered network = new();
        readonly Func<Tensor, Tensor> run;

        public CenteredByDelegate()
        {
            run = network.call;
            RegisterComponents();
        }

        public override Tensor forward(Tensor images) => run(images);
    }
}
