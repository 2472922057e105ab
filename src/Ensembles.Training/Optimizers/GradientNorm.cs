using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>Clips gradients by the Euclidean norm of all of them together.</summary>
static class GradientNorm
{
    /// <summary>Multiplies every gradient by min(1, most / (norm + 1e-6)).</summary>
    public static void Clip(IEnumerable<Parameter> parameters, double most)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor[] gradients = [.. parameters.Select(p => p.grad).OfType<Tensor>()];
        if (gradients.Length == 0)
            return;
        var factor = most / (stack(gradients.Select(g => g.norm())).norm() + 1e-6);
        foreach (var gradient in gradients)
            gradient.mul_(factor.clamp_max(1));
    }
}
