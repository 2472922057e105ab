using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Center loss (Wen et al. 2016 [36]): beside classifying them right, training pulls the features of a class towards one
/// point, so that classes become compact and a perturbation must carry an image further to change its class.
/// </summary>
/// <remarks>
/// It makes classes compact relative to each other, and bounds nothing: a network can lower the loss by shrinking all
/// features, and the sensitivity of the features to the image stays free.
/// </remarks>
[Defense(Category.FeatureSeparation)]
[Claims<IntraClassCompactness>]
public sealed class CenterLossClassifier : Classifier, IFeatureExtractor, ILayered, ITrainable
{
    readonly FeatureNetwork network;
    readonly Tensor centers;

    /// <summary>Makes an untrained classifier with every center at 0.</summary>
    public CenterLossClassifier(INetworkFactory networks) : base(nameof(CenterLossClassifier))
    {
        network = networks.Create();
        centers = zeros(network.ClassCount, network.FeatureCount).DetachFromDisposeScope();
        register_buffer(nameof(centers), centers);
        RegisterComponents();
    }

    /// <summary>Lambda, the weight of the center loss beside cross-entropy; 0 or more.</summary>
    public double Lambda { get; set; } = 0.03;

    /// <summary>Alpha, the share of the way a center moves towards its class's features in a batch; in [0, 1].</summary>
    public double Alpha { get; set; } = 0.5;

    /// <summary>Centers c_k of the classes, float32 [K, D]. They belong to the module.</summary>
    public Tensor Centers => centers;

    /// <inheritdoc/>
    /// <remarks>L = CE + lambda * Lc with both terms averaged over the batch; the centers follow their own rule, not the gradient.</remarks>
    public void Train(LabeledImages training, TrainingOptions options)
    {
        network.ThrowIfOtherClasses(training);
        var recipe = FormattableString.Invariant($"{nameof(CenterLossClassifier)} lambda {Lambda} alpha {Alpha}");
        TrainingLoop.Run(this, training, options, recipe, (images, labels) =>
        {
            var h = network.features(images);
            var logits = network.head(h);
            var loss = functional.cross_entropy(logits, labels) + (Lambda * CenterLoss(h, labels, centers));
            UpdateCenters(centers, h, labels, Alpha);
            return new BatchLoss(loss, logits);
        });
    }

    /// <inheritdoc/>
    public IReadOnlyList<Module<Tensor, Tensor>> Layers => [network];

    /// <inheritdoc/>
    public override Tensor forward(Tensor images) => network.call(images);

    /// <inheritdoc/>
    public Tensor features(Tensor images) => network.features(images);

    /// <summary>Lc = 1/(2 N) sum_i ||h_i - c_(y_i)||^2 of features [N, D] with labels [N]; a scalar.</summary>
    public static Tensor CenterLoss(Tensor features, Tensor labels, Tensor centers)
    {
        using var scope = NewDisposeScope();
        return (features - centers.index_select(0, labels)).pow(2).sum(1).mean().mul(0.5).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Moves centers [K, D] in place: c_k &lt;- c_k - alpha * sum_(i: y_i = k) (c_k - h_i) / (1 + n_k), where n_k counts the
    /// images of class k in the batch. A class that is absent keeps its center.
    /// </summary>
    public static void UpdateCenters(Tensor centers, Tensor features, Tensor labels, double alpha)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var differences = centers.index_select(0, labels) - features;
        var sums = zeros_like(centers).index_add_(0, labels, differences, 1);
        var counts = labels.bincount(null, centers.size(0)).unsqueeze(1);
        centers.sub_(sums / (1 + counts) * alpha);
    }
}
