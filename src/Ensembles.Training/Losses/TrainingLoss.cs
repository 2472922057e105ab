using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// What a network is trained to make small, of features, logits and labels. Losses add and scale:
/// <c>new CrossEntropy() + 0.03 * new CenterLoss()</c>.
/// </summary>
/// <remarks>
/// A loss is a module: parameters and buffers of its own, such as centers, are made in <see cref="Build"/>, registered
/// there, trained with the network and kept in its checkpoints. Its public properties are part of a checkpoint's
/// identity.
/// </remarks>
public abstract class TrainingLoss() : Module(nameof(TrainingLoss))
{
    /// <summary>The loss of a batch, a scalar that is differentiable in the parameters.</summary>
    public abstract Tensor Of(LossContext batch);

    /// <summary>
    /// Makes what depends on the network's numbers of features and classes. Called once, by the classifier that the
    /// loss belongs to, before anything else.
    /// </summary>
    public virtual void Build(FeatureNetwork network)
    {
    }

    /// <summary>
    /// Features [N, D] to logits [N, K] in the place of the network's own head, for losses that decide by distances to
    /// centers or by cosines; null for the network's own. Registered by the loss.
    /// </summary>
    public virtual Module<Tensor, Tensor>? Head => null;

    /// <summary>Names of the network's layers whose outputs the loss needs in <see cref="LossContext.Taps"/>.</summary>
    public virtual IReadOnlyList<string> Taps => [];

    /// <summary>
    /// Whether the loss differentiates features or logits in <see cref="LossContext.Images"/>, which then carry a
    /// gradient.
    /// </summary>
    public virtual bool DifferentiatesImages => false;

    /// <summary>
    /// Whether the loss is a function of logits, of the perturbed images and of the clean ones, and of the labels, and
    /// needs neither features nor derivatives. A perturbation that raises it then takes its gradients from an attack
    /// plan, and shows it no features.
    /// </summary>
    protected internal virtual bool IsOfLogits => false;

    /// <summary>
    /// T, what logits are divided by where a perturbation of the training images raises their cross-entropy; positive.
    /// A loss that teaches logits so large that the softmax rounds to 0 and 1, and the gradient of cross-entropy to
    /// nothing, names one at which it does not. 1 leaves them as they are.
    /// </summary>
    public virtual double TemperatureUnderAttack => 1;

    /// <summary>
    /// The optimizer of the loss's own parameters, such as centers, by which they are trained beside the network; null
    /// for that of the run.
    /// </summary>
    public virtual TrainingOptimizer? Optimizer => null;

    /// <summary>This loss on the images as they are before the perturbation.</summary>
    public TrainingLoss OnClean() => new CleanLoss(this);

    /// <summary>
    /// Does nothing: a field may hold a network that the loss uses and does not train, such as a teacher, and
    /// TorchSharp would register it with the rest.
    /// </summary>
    protected sealed override void RegisterComponents()
    {
    }

    /// <summary>The sum of two losses.</summary>
    public static TrainingLoss operator +(TrainingLoss left, TrainingLoss right) => new SumLoss(left, right);

    /// <summary>A loss times a number.</summary>
    public static WeightedLoss operator *(double weight, TrainingLoss loss) => new(weight, loss);
}
