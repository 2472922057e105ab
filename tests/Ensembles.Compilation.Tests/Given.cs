using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Compiling.Tests;

/// <summary>Networks, images and options that depend on nothing but a seed.</summary>
static class Given
{
    public const int Classes = 4;

    /// <summary>Options for the zoo's images, measured on no machine.</summary>
    public static readonly CompileOptions Options = new(2, 12, 12)
    {
        Choices = new PlanChoices(ChannelsLast: true, Part: 64, StackUpTo: 0),
    };

    public static Tensor Images(int count, int seed = 3)
    {
        manual_seed(seed);
        return rand(count, 2, 12, 12);
    }

    public static Sequential SmallNetwork() => Sequential(
        Conv2d(
            2,
            6,
            3,
            padding: 1), ReLU(), MaxPool2d(2), Conv2d(6, 8, 3, stride: 2), ReLU(), Flatten(), Dropout(0.3), Linear(32,
            10), ReLU(), Linear(10, Classes));

    /// <summary>Every layer there is a lowering for.</summary>
    public static Sequential EveryLayer() => Settled(Sequential(
        BatchNorm2d(2), Conv2d(2, 6, 3, padding: 1, bias: false), BatchNorm2d(6), ReLU(), AvgPool2d(2),
        Conv2d(6, 6, 3, groups: 3, dilation: 2, padding: 2), BatchNorm2d(6), Identity(),
        ReLU(inplace: true), MaxPool2d(2, stride: 1, padding: 1), Dropout2d(0.2),
        Sequential(Conv2d(6, 4, 1), BatchNorm2d(4)), AdaptiveAvgPool2d([3, 2]), Flatten(1),
        Linear(24, 12), BatchNorm1d(12), ReLU(), Sigmoid(), Linear(12, Classes, hasBias: false)));

    /// <summary>Residual blocks of both kinds, one behind the other and one inside a row.</summary>
    public static Sequential Residual() => Settled(Sequential(
        Conv2d(2, 6, 3, padding: 1), new Summing(1), new Summing(2), Sequential(new Summing(1), MaxPool2d(2)),
        Flatten(), Linear(54, Classes)));

    /// <summary>Layers that torch's random weights leave with the statistics of no data: some are drawn.</summary>
    public static Sequential Settled(Sequential network)
    {
        Settle(network);
        return network;
    }

    /// <inheritdoc cref="Settled"/>
    public static void Settle(Module network)
    {
        using var noGrad = no_grad();
        foreach (var norm in network.modules().OfType<NormBase>())
        {
            norm.running_mean!.normal_();
            norm.running_var!.uniform_(0.3, 2);
            norm.weight!.normal_();
            norm.bias!.normal_();
        }
    }

    public static Handmade<TRule> Ensemble<TRule>(
        int members = 3, int seed = 1, int gates = 0, int quorum = 1) where TRule : IVotingRule
    {
        manual_seed(seed);
        var made = new Handmade<TRule>(
            [.. Enumerable.Range(0, members).Select(_ => new Layered(SmallNetwork()))],
            [.. Enumerable.Range(0, gates).Select(_ => new Contrast())],
            [.. Enumerable.Range(0, members).Select(m => m + 1.0)],
            quorum);
        made.eval();
        // Untrained networks hardly tell images apart.
        using var noGrad = no_grad();
        foreach (var weight in made.parameters().Where(p => p.dim() > 1))
            weight.mul_(2.5);
        using var images = Images(50, seed: 9);
        made.CalibrateGates(images);
        return made;
    }
}
