using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// The margin m(x) = z_y - max_{k != y} z_k and its gradient in the image. Unlike cross entropy its gradient does not
/// vanish where the softmax saturates.
/// </summary>
static class Margins
{
    /// <summary>Margins [N] of logits [N, K].</summary>
    public static Tensor Of(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var own = functional.one_hot(labels, logits.size(1)).to_type(ScalarType.Bool);
        var best = logits.masked_fill(own, float.NegativeInfinity).amax([-1]);
        return (logits.gather(1, labels.unsqueeze(1)).squeeze(1) - best).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Gradients [N, C, H, W] of the margin; of the mean over draws (EOT, Athalye et al. 2018 [1]) where the classifier is
    /// random. Zero where the output does not depend on the image.
    /// </summary>
    public static Tensor Gradients(Module<Tensor, Tensor> classifier, Tensor images, Tensor labels)
    {
        var draws = Draws.EotSamples(classifier.modules().Prepend(classifier));
        return InBatches.Map(images, labels, (x, y) => Gradient(classifier, x, y, draws));
    }

    static Tensor Gradient(Module<Tensor, Tensor> classifier, Tensor images, Tensor labels, int draws)
    {
        using var gradients = enable_grad();
        var x = images.detach().clone().requires_grad_();
        var logits = Draws.OfRandomized(classifier, x, draws).reshape(draws, images.size(0), -1).mean([0]);
        var sum = Of(logits, labels).sum();
        if (!sum.requires_grad)
            return zeros_like(images);
        sum.backward();
        return x.grad is { } gradient ? gradient.nan_to_num(0, 0, 0) : zeros_like(images);
    }
}
