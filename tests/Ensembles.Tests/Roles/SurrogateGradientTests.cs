using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Tests.Roles;

public sealed class SurrogateGradientTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void The_value_is_forwards_and_the_gradient_the_surrogates()
    {
        var images = rand(2, 1, 4, 4, requires_grad: true);
        var output = new Quantizer().call(images);
        Assert.True(output.Equals(new Quantizer().forward(images)));

        (output * 3).sum().backward();
        // d tanh(2 x) / dx = 2 (1 - tanh(2 x)^2)
        AssertClose(3 * 2 * (1 - (images * 2).tanh().square()), images.grad!);
    }

    [Fact]
    public void The_value_is_exact_to_the_last_bit_also_where_the_textbook_form_is_not()
    {
        float[] values = [-0.0f, 0.0f, 1e-45f, float.MaxValue, float.NegativeInfinity, float.NaN, 0.1f];
        foreach (var surrogate in (float[])[0f, 1e30f, float.PositiveInfinity, float.NaN])
        {
            var output = new Constant(values, surrogate).call(zeros(values.Length, requires_grad: true));
            Assert.Equal(
                values.Select(BitConverter.SingleToInt32Bits),
                output.detach().data<float>().ToArray().Select(BitConverter.SingleToInt32Bits));
        }
    }

    [Fact]
    public void A_surrogate_that_returns_its_input_passes_the_gradient_straight_through()
    {
        var images = rand(2, 1, 4, 4, requires_grad: true);
        var output = new Rounding().call(images);
        Assert.True(output.Equals(images.round()));

        (output * arange(32).view(2, 1, 4, 4)).sum().backward();
        Assert.True(images.grad!.Equals(arange(32, dtype: ScalarType.Float32).view(2, 1, 4, 4)));
    }

    [Fact]
    public void It_acts_inside_other_modules()
    {
        var linear = Linear(4, 3);
        var network = Sequential(Flatten(), new Rounding(), linear);
        var images = rand(2, 1, 2, 2, requires_grad: true);
        Sequential(new Rounding(), network).call(images).sum().backward();

        AssertClose(linear.weight.sum([0]).detach().view(1, 1, 2, 2).expand(2, 1, 2, 2), images.grad!);
    }

    [Fact]
    public void It_acts_in_a_hand_written_forward_that_uses_call()
    {
        var images = rand(2, 1, 2, 2, requires_grad: true);
        new Wrapper(new Rounding()).call(images).sum().backward();
        Assert.True(images.grad!.Equals(full(2, 1, 2, 2, 5f)));
    }

    [Fact]
    public void Modules_of_other_base_classes_get_it_when_attached_and_only_once()
    {
        var module = new ForeignRounding();
        var network = Sequential(new Wrapper(module));
        SurrogateGradient.AttachAll(network);
        SurrogateGradient.AttachAll(network);
        SurrogateGradient.Attach(module);

        var images = rand(2, 1, 2, 2, requires_grad: true);
        network.call(images).sum().backward();
        Assert.True(images.grad!.Equals(full(2, 1, 2, 2, 5f)));
        Assert.Equal(1, module.SurrogateCalls);
    }

    [Fact]
    public void AttachAll_reaches_the_root()
    {
        var module = new ForeignRounding();
        SurrogateGradient.AttachAll(module);
        var images = rand(2, 1, 2, 2, requires_grad: true);
        module.call(images).sum().backward();
        Assert.True(images.grad!.Equals(ones_like(images)));
    }

    [Fact]
    public void Without_a_gradient_to_record_the_surrogate_is_not_computed()
    {
        var module = new ForeignRounding();
        SurrogateGradient.Attach(module);
        module.call(rand(2, 1, 2, 2));
        using (no_grad())
            module.call(rand(2, 1, 2, 2, requires_grad: true));
        Assert.Equal(0, module.SurrogateCalls);
    }

    [Fact]
    public void Second_derivatives_are_the_surrogates_too()
    {
        var x = tensor([0.3f], requires_grad: true);
        var output = new Quantizer().call(x);
        var gradient = autograd.grad([output.sum()], [x], create_graph: true, retain_graph: true)[0];
        gradient.sum().backward();
        // d^2 tanh(2 x) / dx^2 = -8 tanh(2 x) (1 - tanh(2 x)^2)
        var t = Math.Tanh(0.6);
        Assert.Equal(-8 * t * (1 - t * t), x.grad!.item<float>(), 1e-5);
    }

    [Fact]
    public void A_surrogate_of_another_shape_is_refused_by_name()
    {
        var module = new Mismatched();
        var error = Assert.Throws<InvalidOperationException>(() => module.call(rand(2, 1, 2, 2, requires_grad: true)));
        Assert.Contains(nameof(Mismatched), error.Message);
        Assert.Contains("[2, 1]", error.Message);
    }

    [Fact]
    public void No_tensor_is_left_behind_but_the_output()
    {
        foreach (var module in (Module<Tensor, Tensor>[])[new Rounding(), new Leakless()])
        {
            var images = rand(2, 1, 4, 4, requires_grad: true);
            module.call(images).Dispose();
            var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
            for (var i = 0; i < 10; i++)
                module.call(images).Dispose();
            Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
            Assert.False(images.IsInvalid);
        }
    }

    static void AssertClose(Tensor expected, Tensor actual) =>
        Assert.True(expected.allclose(actual, atol: 1e-6), $"{expected.cstr()}\n{actual.cstr()}");

    sealed class Rounding : InputTransform, INonDifferentiable
    {
        public override Tensor forward(Tensor images) => images.round();
        public Tensor surrogate(Tensor images) => images;
    }

    sealed class Quantizer : InputTransform, INonDifferentiable
    {
        public override Tensor forward(Tensor images) => (images * 4).floor() / 4;
        public Tensor surrogate(Tensor images) => (images * 2).tanh();
    }

    sealed class Leakless : Classifier, INonDifferentiable
    {
        public override Tensor forward(Tensor images) => images.sign();
        public Tensor surrogate(Tensor images) => images.sigmoid();
    }

    sealed class Constant(float[] values, float surrogateValue) : InputTransform, INonDifferentiable
    {
        public override Tensor forward(Tensor images) => tensor(values);
        public Tensor surrogate(Tensor images) => images + surrogateValue;
    }

    sealed class Mismatched : Detector, INonDifferentiable
    {
        public override Tensor forward(Tensor images) => images.sum([1, 2, 3]);
        public Tensor surrogate(Tensor images) => images.sum([2, 3]);
    }

    /// <summary>Not one of this library's roles.</summary>
    sealed class ForeignRounding() : Module<Tensor, Tensor>(nameof(ForeignRounding)), INonDifferentiable
    {
        public int SurrogateCalls { get; private set; }
        public override Tensor forward(Tensor images) => images.round();

        public Tensor surrogate(Tensor images)
        {
            SurrogateCalls++;
            return images;
        }
    }

    sealed class Wrapper : Classifier
    {
        readonly Module<Tensor, Tensor> inner;

        public Wrapper(Module<Tensor, Tensor> inner)
        {
            this.inner = inner;
            RegisterComponents();
        }

        public override Tensor forward(Tensor images) => inner.call(images) * 5;
    }
}
