using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>Derivatives of logits in the images that stay differentiable in the weights.</summary>
static class InputJacobian
{
    /// <summary>
    /// The gradient, [N, C, H, W], of sum_i v_i . z(x_i) in the images: v_i^T J(x_i) of each image i.
    /// </summary>
    /// <param name="directions">v, float32 [N, K].</param>
    /// <param name="batch">Logits and the images that they were computed from.</param>
    /// <exception cref="InvalidOperationException">Images or logits that carry no gradient.</exception>
    public static Tensor Times(Tensor directions, LossContext batch)
    {
        using var scope = NewDisposeScope();
        var (images, logits) = (batch.Images, batch.Logits);
        if (!images.requires_grad || !logits.requires_grad)
            throw new InvalidOperationException(
                "The loss differentiates the logits in the images: compute them from images that require a gradient, "
                + "with gradients enabled.");
        var gradient = autograd.grad(
            [(directions * logits).sum()], [images], retain_graph: true, create_graph: true, allow_unused: true)[0];
        return (gradient is { IsInvalid: false } ? gradient : zeros_like(images)).MoveToOuterDisposeScope();
    }
}
