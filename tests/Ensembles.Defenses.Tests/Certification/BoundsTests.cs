using Ensembles.Defenses.Tests.Fixtures;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses.Tests.Certification;

public class BoundsTests
{
    const int Images = 5, SamplesOfImage = 50;

    /// <summary>With five images and three radii more than 10,000 of each kind.</summary>
    const int ManySamples = 700;

    public static TheoryData<string> Kinds => BoundedKinds.Names;

    static readonly BoundMethod[] methods =
        [new IntervalBounds(), new CrownBounds(), new CrownBounds { LayerWidth = 0, Steps = 3 }];

    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_sample_leaves_the_bounds_in_either_type(string kind)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var network = BoundedKinds.Make(kind);
        var isLarge = kind == "a whole residual network";
        double[] radii = isLarge ? [0.02] : [1e-6, 0.02, 0.2];
        var count = isLarge ? SamplesOfImage : ManySamples;
        foreach (var epsilon in radii)
        {
            var images = rand([Images, .. BoundedKinds.Image]);
            var (lower, upper) = ((images - epsilon).clamp(0, 1), (images + epsilon).clamp(0, 1));
            var found = methods.Select(method => method.Outputs(network, lower, upper)).ToArray();

            var samples = BoundedKinds.Samples(lower, upper, count);
            var single = network.call(samples).view(count, Images, -1).to_type(ScalarType.Float64);
            // Edges are float32, whatever they are edges of. In float64 a few samples do: half of them corners.
            var few = samples.narrow(0, (count - SamplesOfImage) / 2 * Images, SamplesOfImage * Images);
            network.to(kind == "edges" ? ScalarType.Float32 : ScalarType.Float64);
            var exact = network.call(kind == "edges" ? few : few.to_type(ScalarType.Float64))
                .view(SamplesOfImage, Images, -1).to_type(ScalarType.Float64);
            network.to(ScalarType.Float32);
            foreach (var (low, high) in found)
            {
                Assert.True(single.ge(low).logical_and(single.le(high)).all().item<bool>(), $"{epsilon}");
                Assert.True(exact.ge(low).logical_and(exact.le(high)).all().item<bool>(), $"{epsilon}, float64");
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void No_sample_has_a_smaller_difference(string kind)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var network = BoundedKinds.Make(kind);
        var images = rand([Images, .. BoundedKinds.Image]);
        var (lower, upper) = ((images - 0.03).clamp(0, 1), (images + 0.03).clamp(0, 1));
        var labels = tensor([0L, 1, 2, 3, 4]);

        var logits = network.call(BoundedKinds.Samples(lower, upper, SamplesOfImage)).view(SamplesOfImage, Images, -1);
        var own = logits.gather(2, labels.view(1, -1, 1).expand(SamplesOfImage, -1, -1));
        var least = (own - logits).to_type(ScalarType.Float64).amin([0]);
        foreach (var method in methods)
        {
            var differences = method.Differences(network, lower, upper, labels);
            Assert.True(least.ge(differences).all().item<bool>());
            Assert.Equal(0, differences.gather(1, labels.unsqueeze(1)).abs().max().item<double>());
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void A_box_of_one_point_is_its_answer_to_rounding(string kind)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var network = BoundedKinds.Make(kind);
        var images = rand([Images, .. BoundedKinds.Image]);
        var answer = network.call(images).to_type(ScalarType.Float64);
        foreach (var method in methods)
        {
            var (low, high) = method.Outputs(network, images, images);
            // Twenty layers add up what each may round.
            var room = (kind == "a whole residual network" ? 0.2 : 1e-3) * (1 + answer.abs().max());
            var apart = maximum((answer - low).abs(), (high - answer).abs());
            Assert.True(apart.le(room).all().item<bool>(), $"{apart.max().item<double>()} of {room.item<double>()}");
        }
    }

    [Fact]
    public void The_bounds_of_a_layer_are_what_they_are_by_hand()
    {
        using var scope = NewDisposeScope();
        var layer = Linear(2, 2, hasBias: false);
        using (no_grad())
            layer.weight!.copy_(tensor(new float[,] { { 1, -1 }, { 2, 0.5f } }));
        layer.eval();
        var images = full(1, 2, 0.5f);

        foreach (var method in methods)
        {
            var (low, high) = method.Outputs(layer, images - 0.1, images + 0.1);
            TensorAssert.Near(tensor(new double[,] { { 0, 1.25 } }), (low + high) / 2, 1e-6);
            TensorAssert.Near(tensor(new double[,] { { 0.2, 0.25 } }), (high - low) / 2, 1e-5);
        }
    }

    [Fact]
    public void What_bounds_do_not_know_is_named()
    {
        using var scope = NewDisposeScope();
        var box = rand(1, 1, 4, 4);
        Refused("Sigmoid", Sequential(Flatten(), Linear(16, 3), Sigmoid(), Linear(3, 2)));
        Refused("JpegTransform", Sequential(new JpegTransform(), Flatten(), Linear(16, 3)));
        var hooked = Sequential(Flatten(), Linear(16, 3));
        hooked.register_forward_hook((_, _, output) => output * 2);
        Refused("hooks", hooked);

        void Refused(string what, Module<Tensor, Tensor> module)
        {
            module.eval();
            var error = Assert.Throws<NotSupportedException>(() => new IntervalBounds().Outputs(module, box, box));
            Assert.Contains(what, error.Message);
            Assert.Contains("smoothing", error.Message);
        }
    }

    [Fact]
    public void Training_mode_and_boxes_the_wrong_way_round_are_refused()
    {
        using var scope = NewDisposeScope();
        var network = Sequential(Flatten(), Linear(16, 3));
        var images = rand(1, 1, 4, 4);
        Assert.Contains("eval()", Assert.Throws<InvalidOperationException>(
            () => new IntervalBounds().Outputs(network, images, images)).Message);
        network.eval();
        Assert.Throws<ArgumentException>(() => new IntervalBounds().Outputs(network, images, images - 0.1));
    }
}
