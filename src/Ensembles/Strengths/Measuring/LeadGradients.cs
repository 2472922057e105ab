using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>Gradients in the image of the lead z_y - max_{k != y} z_k that a label has.</summary>
static class LeadGradients
{
    /// <summary>
    /// Gradients [N, C, H, W]; of the mean over draws (EOT, Athalye et al. 2018 [1]) where the classifier is random.
    /// Zero where the output does not depend on the image.
    /// </summary>
    public static Tensor Of(Module<Tensor, Tensor> classifier, Tensor images, Tensor labels)
    {
        var draws = Draws.EotSamples(classifier.modules().Prepend(classifier));
        return InBatches.Map(images, labels, (x, y) =>
            InputGradient.Of(MeanLogits, x, logits => Margins.Lead(logits, y).sum()).nan_to_num(0, 0, 0));

        Tensor MeanLogits(Tensor x) =>
            Draws.OfRandomized(classifier, x, draws).reshape(draws, x.size(0), -1).mean([0]);
    }
}
