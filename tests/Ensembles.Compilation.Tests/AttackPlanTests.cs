using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Compiling.Tests;

/// <summary>What stands in for a component under attack, and for which components nothing does.</summary>
public class AttackPlanTests
{
    public static TheoryData<string, Func<Module<Tensor, Tensor>>> Planned => new()
    {
        { "every layer there is a lowering for", Given.EveryLayer },
        { "convolutions, maxima and linear layers", Given.SmallNetwork },
        { "layers of a class of one's own", () => new Layered(Given.SmallNetwork()) },
        { "residual blocks", Given.Residual },
        { "a forward of one's own with sums", () => new OwnResNet() },
        { "a forward of one's own that joins channels", () => new Joining() },
        {
            "more channels than ours are best at",
            () => Sequential(Conv2d(2, 140, 3), ReLU(), MaxPool2d(2), Flatten(), Linear(3500, 4))
        },
    };

    [Theory]
    [MemberData(nameof(Planned))]
    public void A_plan_answers_like_its_component_with_and_without_gradients(
        string what, Func<Module<Tensor, Tensor>> make)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var component = make();
        component.eval();
        // One image and many take different paths.
        foreach (var images in new[] { rand(1, 2, 12, 12), rand(7, 2, 12, 12) })
        {
            foreach (var withGradient in new[] { true, false })
            {
                using var plans = new AttackPlans(withGradient);
                var (expected, actual) = (Pass(component.call), Pass(x => plans.Call(component, x)));
                Assert.True(plans.Any, what);
                PlanAssert.Close(expected.Output, actual.Output, 1e-5 * expected.Output.abs().max().item<float>());
                if (withGradient)
                    PlanAssert.Close(
                        expected.Gradient!, actual.Gradient!, 1e-5 * expected.Gradient!.abs().max().item<float>());

                (Tensor Output, Tensor? Gradient) Pass(Func<Tensor, Tensor> network)
                {
                    var leaf = images.clone().requires_grad_(withGradient);
                    var output = network(leaf);
                    if (withGradient)
                        (output * linspace(-1, 2, output.numel()).view(output.shape)).sum().backward();
                    return (output.detach(), leaf.grad);
                }
            }
        }
    }

    [Theory]
    [MemberData(nameof(Planned))]
    public void A_refreshed_plan_is_that_of_the_weights_at_the_moment(
        string what, Func<Module<Tensor, Tensor>> make)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var component = make();
        component.eval();
        foreach (var images in new[] { rand(1, 2, 12, 12), rand(7, 2, 12, 12) })
        {
            using var plans = new AttackPlans(withGradient: true, whileTrained: true);
            var before = Pass(plans);
            Train(component);
            plans.Refresh(component);
            var refreshed = Pass(plans);
            using var anew = new AttackPlans(withGradient: true, whileTrained: true);
            var expected = Pass(anew);

            Assert.True(plans.Any && anew.Any, what);
            Assert.NotEqual(Bits(before.Output), Bits(refreshed.Output));
            Assert.Equal(Bits(expected.Output), Bits(refreshed.Output));
            Assert.Equal(Bits(expected.Gradient), Bits(refreshed.Gradient));

            (Tensor Output, Tensor Gradient) Pass(AttackPlans plans)
            {
                var leaf = images.clone().requires_grad_(true);
                var output = plans.Call(component, leaf);
                (output * linspace(-1, 2, output.numel()).view(output.shape)).sum().backward();
                return (output.detach(), leaf.grad!);
            }
        }

        static float[] Bits(Tensor values) => [.. values.contiguous().data<float>()];

        // Parameters and what batch normalisation remembers, as a step in training moves them.
        static void Train(Module component)
        {
            using var noGrad = no_grad();
            foreach (var values in component.parameters().Concat(component.buffers()))
            {
                if (values.is_floating_point())
                    values.mul_(1 + (0.1 * rand_like(values))).add_(0.01);
            }
        }
    }

    public static TheoryData<string, Func<Module<Tensor, Tensor>>> Unplanned => new()
    {
        { "a forward of its own", () => new OwnForward() },
        { "a forward of its own inside", () => Sequential(Conv2d(2, 4, 3), new Relay(), Flatten(), Linear(400, 4)) },
        { "random numbers", () => new Noisy() },
        { "a surrogate", () => new Transformed(3) },
        { "no convolution", () => Sequential(Flatten(), Linear(288, 4)) },
        {
            "normalisation by the batch",
            () => Sequential(Conv2d(2, 4, 3), BatchNorm2d(4, track_running_stats: false), Flatten(), Linear(400, 4))
        },
        { "layers that are not its forward", () => new UntrueConvolution() },
        {
            "a sum that is not its forward",
            () => Sequential(Conv2d(2, 6, 3), new Summing(1, factor: 1.001), Flatten(), Linear(600, 4))
        },
        { "a hook", () =>
            {
                var hooked = Given.SmallNetwork();
                ((Module<Tensor, Tensor>)hooked[2]).register_forward_hook((_, _, output) => output * 2);
                return hooked;
            }
        },
    };

    [Theory]
    [MemberData(nameof(Unplanned))]
    public void Nothing_stands_in_for(string what, Func<Module<Tensor, Tensor>> make)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var component = make();
        component.eval();
        foreach (var whileTrained in new[] { false, true })
        {
            using var plans = new AttackPlans(withGradient: true, whileTrained);
            plans.Call(component, rand(3, 2, 12, 12).requires_grad_(true));

            Assert.False(plans.Any, what);
        }
    }

    [Fact]
    public void Gradients_pass_through_attention()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var component = new Attending();
        component.eval();
        var own = rand(5, 2, 12, 12).requires_grad_(true);
        var planned = own.detach().clone().requires_grad_(true);
        using var plans = new AttackPlans(withGradient: true);
        (component.call(own) * linspace(-1, 2, 4)).sum().backward();
        (plans.Call(component, planned) * linspace(-1, 2, 4)).sum().backward();

        Assert.True(plans.Any);
        PlanAssert.Close(own.grad!, planned.grad!, 1e-5 * own.grad!.abs().max().item<float>());
    }

    [Fact]
    public void Nothing_stands_in_for_weights_in_training_that_a_plan_cannot_follow()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var component = Sequential(Conv2d(2, 4, 3), PReLU(1), Flatten(), Linear(400, 4));
        component.eval();
        var images = rand(3, 2, 12, 12).requires_grad_(true);
        using var still = new AttackPlans(withGradient: true);
        using var trained = new AttackPlans(withGradient: true, whileTrained: true);
        still.Call(component, images);
        trained.Call(component, images);

        Assert.True(still.Any);
        Assert.False(trained.Any);
    }

    [Fact]
    public void Images_that_do_not_fit_are_refused_in_the_components_own_words()
    {
        using var scope = NewDisposeScope();
        var component = new Particular();
        component.eval();
        using var plans = new AttackPlans(withGradient: false);
        Assert.Throws<ArgumentException>(() => plans.Call(component, rand(3, 1, 12, 12)));
    }

    [Fact]
    public void Nothing_stands_in_for_a_component_in_double_precision()
    {
        using var scope = NewDisposeScope();
        var component = Given.SmallNetwork().to(ScalarType.Float64);
        component.eval();
        using var plans = new AttackPlans(withGradient: false);
        plans.Call(component, rand(3, 2, 12, 12, dtype: ScalarType.Float64));

        Assert.False(plans.Any);
    }

    [Fact]
    public void Gradients_that_were_not_announced_come_from_the_component()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var component = Given.SmallNetwork();
        component.eval();
        var images = rand(3, 2, 12, 12).requires_grad_(true);
        using var plans = new AttackPlans(withGradient: false);
        plans.Call(component, images).sum().backward();

        Assert.False(plans.Any);
        Assert.True(images.grad!.abs().max().item<float>() > 0);
    }

    public static TheoryData<Func<Module<Tensor, Tensor>>> Kept => [Given.SmallNetwork, Given.Residual];

    [Theory]
    [MemberData(nameof(Kept))]
    public void Plans_leave_nothing_behind(Func<Module<Tensor, Tensor>> make)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var component = make();
        component.eval();
        var images = rand(3, 2, 12, 12);
        var before = Tensor.TotalCount;
        using (var plans = new AttackPlans(withGradient: true))
        {
            plans.Call(component, images).Dispose();
            Assert.True(plans.Any);
        }

        Assert.Equal(before, Tensor.TotalCount);
    }

    /// <summary>Hands its input on.</summary>
    sealed class Relay() : Module<Tensor, Tensor>(nameof(Relay))
    {
        public override Tensor forward(Tensor input) => input.alias();
    }

    /// <summary>Looks at its images before its layers do.</summary>
    sealed class Particular : Classifier, ILayered
    {
        readonly TorchSharp.Modules.Sequential network = Given.SmallNetwork();

        public Particular() => RegisterComponents();

        public IReadOnlyList<Module<Tensor, Tensor>> Layers => [network];

        public override Tensor forward(Tensor images) =>
            images.size(1) == 2 ? network.call(images) : throw new ArgumentException("Two channels.");
    }

    /// <summary>Says it is layers, and does more.</summary>
    sealed class UntrueConvolution : Classifier, ILayered
    {
        readonly TorchSharp.Modules.Sequential network = Given.SmallNetwork();

        public UntrueConvolution() => RegisterComponents();

        public IReadOnlyList<Module<Tensor, Tensor>> Layers => [network];

        public override Tensor forward(Tensor images) => network.call(images) * 1.001;
    }
}
