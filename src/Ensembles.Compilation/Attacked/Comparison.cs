using System.Runtime.InteropServices;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// Whether a frozen network gives what a component gives, and the same gradients, on the images at hand.
/// </summary>
static class Comparison
{
    /// <summary>The largest difference of an output, in units of the largest one.</summary>
    const double OutputTolerance = 1e-5;

    /// <summary>The largest difference of an image's gradient, in units of its length.</summary>
    const double GradientTolerance = 1e-4;

    /// <summary>One image in so many may have another gradient: where rounding decides whether a unit is on.</summary>
    const int ImagesPerKink = 20;

    public static bool Agree(Module<Tensor, Tensor> component, FrozenNetwork network, Tensor images, bool withGradient)
    {
        using var scope = NewDisposeScope();
        var (expected, expectedGradient) = Pass(component.call, images, withGradient);
        Tensor actual;
        Tensor? actualGradient;
        try
        {
            (actual, actualGradient) = Pass(network.Run, images, withGradient);
        }
        catch (ExternalException)
        {
            // Torch refuses, such as to write into what a gradient still needs.
            return false;
        }

        return actual.shape.SequenceEqual(expected.shape)
            && (actual - expected).abs().max().item<float>() <= OutputTolerance * expected.abs().max().item<float>()
            && (!withGradient || Agree(expectedGradient, actualGradient));
    }

    static bool Agree(Tensor? expected, Tensor? actual)
    {
        if (expected is null || actual is null)
            return expected is null && actual is null;
        var tolerances = expected.flatten(1).norm(1) * GradientTolerance;
        var others = (actual - expected).flatten(1).norm(1).le(tolerances).logical_not().sum().item<long>();
        return others <= expected.size(0) / ImagesPerKink;
    }

    static (Tensor Output, Tensor? Gradient) Pass(Func<Tensor, Tensor> network, Tensor images, bool withGradient)
    {
        using var gradients = set_grad_enabled(withGradient);
        var leaf = images.detach().clone().requires_grad_(withGradient);
        var output = network(leaf.alias());
        if (withGradient && output.requires_grad)
        {
            // Another weight for each class, so that none hides behind another.
            var rows = output.reshape(images.size(0), -1);
            (rows * linspace(1, -0.5, rows.size(1))).sum().backward();
        }

        return (output.detach(), leaf.grad);
    }
}
