using Ensembles.Attacks;
using Ensembles.Attacks.Tests;
using Ensembles.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Onnx.Tests;

/// <summary>The trained network that reference implementations of attacks were run on, out of a file.</summary>
public sealed class AttackedTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();
    readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        scope.Dispose();
    }

    [ParityFact]
    public void PgdLeavesAsManyImagesAsOfTheModule() => Assert.InRange(Peers.Robust(Peers.Pgd, Loaded()), 82, 84);

    /// <summary>With probabilities in the place of logits it would leave many more.</summary>
    [ParityFact]
    public void ASoftmaxInTheFileMakesItNoStronger() =>
        Assert.InRange(Peers.Robust(Peers.Pgd, Loaded(softmax: true)), 82, 84);

    [ParityFact]
    public void AsAMemberItIsAttackedWithTheOthers()
    {
        var (images, labels) = Parity.Images();
        (images, labels) = (images[0..64], labels[0..64]);
        using var pair = new Pair(Loaded(), Loaded(softmax: true));
        pair.eval();

        Assert.Contains("One.network.0.weight", pair.state_dict().Keys);
        using var result = Peers.Pgd.Run(pair.Surface, images, labels, new(Norm.Linf, 0.1), new());

        using var decision = pair.call(result.Images);
        var standing = (int)decision.Labels.eq(labels).sum().item<long>();
        using var alone = Peers.Pgd.Run(Parity.Network(), images, labels, new(Norm.Linf, 0.1));
        Assert.Equal(alone.Success.Count(s => !s), standing);
    }

    OnnxClassifier Loaded(bool softmax = false) =>
        OnnxClassifier.Load(Written(Parity.Network().state_dict(), softmax));

    string Written(IReadOnlyDictionary<string, Tensor> weights, bool softmax) =>
        Given.Write(folder, [1, 28, 28], (builder, x) =>
        {
            Value Layer(SingleOperation operation, int place) => builder.Add(
                operation, x, builder.Weight($"{place}.weight", weights[$"{place}.weight"]),
                builder.Weight($"{place}.bias", weights[$"{place}.bias"]));
            Value Relu() => builder.Add(new Unary(UnaryFunction.Relu), x);
            var convolution = new Conv(new(4, 4) { Strides = (2, 2), Padding = new(1, 1, 1, 1) });
            var linear = new Gemm { TransposesB = true };
            x = Layer(convolution, 0);
            x = Relu();
            x = Layer(convolution, 2);
            x = Relu();
            x = builder.Add(new Flatten(), x);
            x = Layer(linear, 5);
            x = Relu();
            x = Layer(linear, 7);
            return softmax ? builder.Add(new Softmax(), x) : x;
        });
}

/// <summary>Two networks of files.</summary>
[Ensemble<MeanLogit>]
partial class Pair
{
    [Member] public partial OnnxClassifier One { get; }

    [Member] public partial OnnxClassifier Other { get; }
}
