using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Compiling.Tests;

/// <summary>The gradients of our convolutions against autograd's through torch's.</summary>
public class FusedGradientTests
{
    const double Tolerance = 1e-5;

    [Theory]
    [MemberData(nameof(FusedTests.Networks), MemberType = typeof(FusedTests))]
    public void Gradients_are_torchs(string what, Func<Module<Tensor, Tensor>[]> layers, long[] shape)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        Assert.NotNull(what);
        Check(Sequential(layers()), rand([5, .. shape]));
    }

    [Fact]
    public void Gradients_are_torchs_for_any_kernel_stride_padding_and_dilation()
    {
        var random = new Random(1);
        for (var i = 0; i < 80; i++)
        {
            using var scope = NewDisposeScope();
            manual_seed(i);
            var (channels, height, width) = (random.Next(1, 7), random.Next(5, 14), random.Next(5, 14));
            var module = Sequential(Convolution(random, channels, random.Next(1, 40)));
            var images = rand(random.Next(1, 4), channels, height, width);
            var inner = module.call(images).shape;
            if (random.Next(2) == 0)
                module.append(ReLU());
            if (inner[2] >= 3 && inner[3] >= 3 && random.Next(2) == 0)
                module.append(
                    MaxPool2d((random.Next(1, 4), random.Next(1, 4)), stride: (random.Next(1, 4), random.Next(1, 4))));
            module.append(Convolution(random, (int)inner[1], random.Next(1, 20)));
            Check(module, images);
        }
    }

    [Fact]
    public void A_maximum_that_several_values_share_hands_its_gradient_to_the_one_that_torch_does()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        Check(
            Sequential(Conv2d(1, 16, 1), ReLU(), MaxPool2d(2), Conv2d(16, 4, 1), MaxPool2d(3, stride: 1)),
            rand(3, 1, 12, 12).round());
    }

    [Fact]
    public void Every_number_of_threads_gives_the_same_gradient_to_the_bit_as_often_as_it_is_asked_for()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var images = rand(9, 2, 12, 12);
        using var fused = Fused(
            Sequential(Conv2d(2, 16, 3, padding: 1), ReLU(), MaxPool2d(2), Conv2d(16, 8, 3, stride: 2), ReLU()),
            images);
        var threads = get_num_threads();
        try
        {
            set_num_threads(1);
            var expected = Gradient(fused.Run, images);
            foreach (var count in new[] { 1, 2, 5 })
            {
                set_num_threads(count);
                using var leaf = images.clone().requires_grad_(true);
                var sum = Weighted(fused.Run(leaf));
                for (var time = 0; time < 2; time++)
                {
                    leaf.grad = null;
                    sum.backward(retain_graph: true);
                    Assert.True(expected.Equals(leaf.grad!));
                }
            }
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void Passes_leave_no_tensors_behind()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var images = rand(4, 2, 12, 12);
        using var fused = Fused(Given.SmallNetwork(), images);
        Pass();
        var before = Tensor.TotalCount;
        for (var i = 0; i < 20; i++)
            Pass();
        Assert.InRange(Tensor.TotalCount, 0, before);

        void Pass()
        {
            using var inner = NewDisposeScope();
            Gradient(fused.Run, images);
        }
    }

    static Module<Tensor, Tensor> Convolution(Random random, int inputs, int outputs)
    {
        var (rows, columns) = (random.Next(1, 4), random.Next(1, 4));
        return Conv2d(
            inputs,
            outputs,
            (rows, columns),
            stride: (random.Next(1, 4), random.Next(1, 4)),
            padding: (random.Next(2, 4), random.Next(2, 4)),
            dilation: (random.Next(1, 3), random.Next(1, 3)),
            bias: random.Next(2) == 0);
    }

    static FrozenNetwork Fused(Module<Tensor, Tensor> module, Tensor images)
    {
        module.eval();
        using var noGrad = no_grad();
        using var plain = Lowering.Of(module, CPU);
        var fused = plain.Variant(ConvolutionPath.Fused, ScalarType.Float32, images, withGradient: true);
        Assert.Contains(fused.Layers, layer => layer is FusedLayer { Backward: not null });
        return fused;
    }

    static void Check(Module<Tensor, Tensor> module, Tensor images)
    {
        using var fused = Fused(module, images);
        var (expected, actual) = (Gradient(module.call, images), Gradient(fused.Run, images));
        PlanAssert.Close(expected, actual, Tolerance * expected.abs().max().item<float>());
    }

    static Tensor Gradient(Func<Tensor, Tensor> network, Tensor images)
    {
        var leaf = images.clone().requires_grad_(true);
        Weighted(network(leaf)).backward();
        return leaf.grad!;
    }

    /// <summary>A sum in which every output counts, each in its own way.</summary>
    static Tensor Weighted(Tensor output) => (output * linspace(-1, 2, output.numel()).cos().view(output.shape)).sum();
}
