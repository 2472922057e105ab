using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Compiling.Tests;

/// <summary>The convolutions of our own against torch's.</summary>
public class FusedTests
{
    public static TheoryData<string, Func<Module<Tensor, Tensor>[]>, long[]> Networks => new()
    {
        { "one channel in, one vector out", () => [Conv2d(1, 16, 3, padding: 1), ReLU()], [1, 28, 28] },
        { "channels of no whole vector", () => [Conv2d(3, 5, 3), ReLU(), Conv2d(5, 37, 2)], [3, 9, 9] },
        { "two wide blocks and a narrow one", () => [Conv2d(2, 80, 3, padding: 1), ReLU()], [2, 6, 6] },
        {
            "strides, dilation and padding of their own on each side",
            () =>
                [
                    Conv2d(2, 16, (3, 2), stride: (2, 1), padding: (1, 0), dilation: (1, 2)),
                    Conv2d(16, 8, (1, 3), padding: (0, 2)),
                ],
            [2, 11, 8]
        },
        { "fewer pixels than a block", () => [Conv2d(4, 20, 2, stride: 2, bias: false)], [4, 4, 2] },
        {
            "maxima before and behind the activation",
            () =>
                [
                    Conv2d(1, 16, 3, padding: 1),
                    ReLU(),
                    MaxPool2d(2),
                    Conv2d(16, 33, 3, padding: 1),
                    MaxPool2d(3, stride: 2),
                    ReLU(),
                ],
            [1, 15, 13]
        },
        {
            "maxima behind nine positions, of channels of no whole vector",
            () =>
                [
                    Conv2d(5, 20, (3, 3), stride: (1, 1), padding: (2, 1), dilation: (2, 1)),
                    MaxPool2d((3, 2), stride: (2, 2)),
                    Conv2d(20, 33, 3, stride: 2),
                    MaxPool2d(2),
                    ReLU(),
                ],
            [5, 22, 20]
        },
        { "maxima of negative values", () => [Conv2d(1, 8, 3), MaxPool2d((2, 3))], [1, 10, 10] },
        {
            "other layers on both sides",
            () =>
                [
                    Sigmoid(),
                    Conv2d(2, 6, 3),
                    ReLU(),
                    AvgPool2d(2),
                    Conv2d(6, 6, 3, groups: 2, padding: 1),
                    ReLU(),
                    Conv2d(6, 9, 1),
                    Sigmoid(),
                ],
            [2, 9, 9]
        },
        {
            "sums, with a shortcut of their own and without",
            () =>
                [
                    Conv2d(3, 20, 3, padding: 1),
                    ReLU(),
                    new Sum([Conv2d(20, 20, 3, padding: 1), ReLU(), Conv2d(20, 20, 3, padding: 1)], []),
                    ReLU(),
                    new Sum(
                        [Conv2d(20, 33, 3, stride: 2, padding: 1), ReLU(), Conv2d(33, 33, 5, padding: 2)],
                        [Conv2d(20, 33, 1, stride: 2)]),
                    MaxPool2d(2),
                ],
            [3, 13, 12]
        },
        {
            "a sum of few channels first, and sums and maxima inside",
            () =>
                [
                    new Sum(
                        [
                            Conv2d(3, 20, 3, padding: 1),
                            new Sum([Conv2d(20, 24, 3, padding: 1), MaxPool2d(2), Conv2d(24, 20, 1)], [MaxPool2d(2)]),
                            Conv2d(20, 3, 1),
                        ],
                        [Conv2d(3, 3, 2, stride: 2), ReLU()]),
                    ReLU(),
                    Conv2d(3, 5, 3),
                ],
            [3, 12, 10]
        },
        {
            "padded maxima, which stay torch's",
            () => [Conv2d(2, 6, 3), MaxPool2d(2, padding: 1), Conv2d(6, 4, 2)],
            [2, 7, 7]
        },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void Fused_networks_give_what_torch_gives(string what, Func<Module<Tensor, Tensor>[]> layers, long[] shape)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        manual_seed(1);
        var module = Sequential(layers());
        var images = rand([5, .. shape]);
        using var plain = Lowering.Of(module, CPU);
        using var fused = plain.Variant(ConvolutionPath.Fused, ScalarType.Float32, images);

        Assert.True(fused.Layers.OfType<FusedLayer>().Any(), what);
        PlanAssert.Close(
            module.call(images), fused.Run(images), 1e-6 * Math.Max(1, module.call(images).abs().max().item<float>()));
    }

    [Fact]
    public void Sums_are_part_of_a_run_unless_a_branch_begins_or_ends_with_an_activation()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var images = rand(1, 4, 6, 6);

        Assert.Equal(0, Left(Conv2d(4, 4, 1), ReLU(), Conv2d(4, 4, 3, padding: 1)));
        Assert.Equal(1, Left(ReLU(), Conv2d(4, 4, 3, padding: 1)));
        Assert.Equal(1, Left(Conv2d(4, 4, 3, padding: 1), ReLU()));

        int Left(params Module<Tensor, Tensor>[] branch)
        {
            using var plain = Lowering.Of(Sequential(Conv2d(4, 4, 1), new Sum(branch, []), Conv2d(4, 2, 1)), CPU);
            using var fused = plain.Variant(ConvolutionPath.Fused, ScalarType.Float32, images);
            return fused.Layers.Count(layer => layer is ResidualLayer);
        }
    }

    [Fact]
    public void A_sum_that_broadcasts_is_torchs()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var images = rand(2, 3, 6, 6);
        var module = Sequential(Conv2d(3, 4, 1), new Sum([Conv2d(4, 4, 1)], [Conv2d(4, 4, 6)]), Conv2d(4, 2, 1));
        using var plain = Lowering.Of(module, CPU);
        using var fused = plain.Variant(ConvolutionPath.Fused, ScalarType.Float32, images);

        PlanAssert.Close(module.call(images), fused.Run(images), 1e-5);
    }

    [Fact]
    public void An_image_gets_the_same_numbers_alone_in_a_batch_and_from_any_number_of_threads()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        manual_seed(1);
        var images = rand(9, 2, 12, 12);
        using var network = Lowering.Of(Given.SmallNetwork(), CPU)
            .Variant(ConvolutionPath.Fused, ScalarType.Float32, images);
        var layer = Assert.IsType<FusedLayer>(network.Layers[0]);
        var expected = cat([.. images.split(1).Select(layer.Run)]);
        var threads = get_num_threads();
        try
        {
            foreach (var count in new[] { 1, 2, 5 })
            {
                set_num_threads(count);
                Assert.True(expected.Equals(layer.Run(images)));
            }
        }
        finally
        {
            set_num_threads(threads);
        }
    }

    [Fact]
    public void What_is_no_number_stays_none()
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var convolution = Conv2d(1, 1, 1);
        convolution.weight!.fill_(float.NaN);
        using var fused = Lowering.Of(Sequential(convolution, ReLU(), MaxPool2d(2)), CPU).Variant(
            ConvolutionPath.Fused, ScalarType.Float32, rand(1, 1, 4, 4));

        Assert.True(fused.Run(rand(1, 1, 4, 4)).isnan().all().item<bool>());
    }
}
