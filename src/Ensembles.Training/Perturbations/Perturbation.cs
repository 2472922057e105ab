using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// The inner maximisation of adversarial training: what changes a batch's images, for the worse, before the loss is
/// computed. Its public properties are part of a checkpoint's identity; a hook may change them while training runs.
/// </summary>
public abstract class Perturbation
{
    /// <summary>
    /// Perturbed images [N, C, H, W] in [0, 1], without a gradient. What is drawn follows from
    /// <see cref="TrainingStep.Seed"/>, or from torch's global generator, which training seeds every epoch.
    /// </summary>
    public abstract Tensor Of(PerturbedBatch batch);

    /// <summary>Perturbed images of a classifier that is not in training.</summary>
    public Tensor Of(Module<Tensor, Tensor> classifier, Tensor images, Tensor labels, long seed = 0) =>
        Of(new PerturbedBatch(classifier, images, labels, new TrainingStep(1, 1, 1, 1, seed)));
}
