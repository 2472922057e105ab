using TorchSharp.Modules;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>Initial weights of convolutions that keep the spread of what passes backward through ReLUs.</summary>
static class HeInitialization
{
    /// <summary>
    /// Weights of every convolution from N(0, 2 / (k k out)) with k its window and out its output channels, biases 0
    /// (He et al. 2015).
    /// </summary>
    public static void Apply(Module network)
    {
        foreach (var convolution in network.modules().OfType<Conv2d>())
        {
            Draw(convolution);
            if (convolution.bias is { } bias)
                init.zeros_(bias);
        }
    }

    /// <summary>Draws the weights of one convolution, times a factor.</summary>
    public static void Draw(Conv2d convolution, double factor = 1)
    {
        var weight = convolution.weight!;
        var fanOut = weight.size(0) * weight.size(2) * weight.size(3);
        init.normal_(weight, 0, factor * Math.Sqrt(2.0 / fanOut));
    }
}
