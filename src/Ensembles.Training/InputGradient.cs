using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>Gradients with respect to images, for perturbations made in training. The network's parameters receive none.</summary>
static class InputGradient
{
    /// <summary>Gradient [N, C, H, W] of the cross-entropy for the labels the network itself predicts.</summary>
    public static Tensor OfPredictedLoss(Module<Tensor, Tensor> network, Tensor images) =>
        Of(network, images, logits => functional.cross_entropy(logits, logits.argmax(1), reduction: Reduction.Sum));

    /// <summary>Gradient [N, C, H, W] of the scalar that <paramref name="objective"/> makes of the logits, with the network in the mode it is in.</summary>
    public static Tensor Of(Module<Tensor, Tensor> network, Tensor images, Func<Tensor, Tensor> objective)
    {
        using var scope = NewDisposeScope();
        using var gradient = enable_grad();
        var input = images.detach().requires_grad_();
        return autograd.grad([objective(network.call(input))], [input])[0].MoveToOuterDisposeScope();
    }
}
