using System.Runtime.InteropServices;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>How far a frozen network may be from its component.</summary>
/// <param name="Output">The largest difference of an output, in units of the largest one.</param>
/// <param name="Gradient">The largest difference of an image's gradient, in units of its length.</param>
/// <param name="ImagesPerKink">
/// One image in so many may have another gradient: where rounding decides whether a unit is on.
/// </param>
sealed record Tolerance(double Output, double Gradient, int ImagesPerKink)
{
    /// <summary>Rounding alone.</summary>
    public static readonly Tolerance Rounding = new(1e-5, 1e-4, 20);

    /// <summary>
    /// Far more than rounding, and less than another function: the answer is the same for all weights that a network
    /// has while it is trained, so a run that is taken up again takes the same path.
    /// </summary>
    public static readonly Tolerance AnyWeights = new(1e-4, 1e-2, 2);
}

/// <summary>
/// Whether a frozen network gives what a component gives, and the same gradients, on the images at hand.
/// </summary>
static class Comparison
{
    public static bool Agree(
        Module<Tensor, Tensor> component, FrozenNetwork network, Tensor images, bool withGradient, Tolerance tolerance)
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
            && (actual - expected).abs().max().item<float>() <= tolerance.Output * expected.abs().max().item<float>()
            && (!withGradient || Agree(expectedGradient, actualGradient, tolerance));
    }

    static bool Agree(Tensor? expected, Tensor? actual, Tolerance tolerance)
    {
        if (expected is null || actual is null)
            return expected is null && actual is null;
        var tolerances = expected.flatten(1).norm(1) * tolerance.Gradient;
        var others = (actual - expected).flatten(1).norm(1).le(tolerances).logical_not().sum().item<long>();
        return others <= expected.size(0) / tolerance.ImagesPerKink;
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
