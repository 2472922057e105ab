using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Numerics;

/// <summary>Gradients with respect to images. Parameters receive none.</summary>
public static class InputGradient
{
    /// <summary>
    /// The gradient, [N, C, H, W], of the scalar that <paramref name="objective"/> makes of a module's output, with the
    /// module in the mode it is in; zero where the output does not depend on the images.
    /// </summary>
    /// <param name="module">Images to logits, or whatever the objective takes.</param>
    /// <param name="images">Float32 [N, C, H, W].</param>
    /// <param name="objective">The module's output to a scalar, for example the sum of a loss over the images.</param>
    public static Tensor Of(Module<Tensor, Tensor> module, Tensor images, Func<Tensor, Tensor> objective) =>
        Of(module.call, images, objective);

    /// <inheritdoc cref="Of(Module{Tensor, Tensor}, Tensor, Func{Tensor, Tensor})"/>
    /// <param name="function">Images to whatever the objective takes.</param>
    /// <param name="images">Float32 [N, C, H, W].</param>
    /// <param name="objective">The function's output to a scalar.</param>
    public static Tensor Of(Func<Tensor, Tensor> function, Tensor images, Func<Tensor, Tensor> objective)
    {
        using var scope = NewDisposeScope();
        using var recorded = enable_grad();
        var input = images.detach().requires_grad_();
        var value = objective(function(input));
        var gradient = value.requires_grad ? autograd.grad([value], [input], allow_unused: true)[0] : null;
        // Behind layers that lay channels last it lies so too, and what follows would go through both layouts at once.
        return (gradient is { IsInvalid: false } ? gradient.contiguous() : zeros_like(images))
            .MoveToOuterDisposeScope();
    }
}
