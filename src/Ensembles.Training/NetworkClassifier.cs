using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// A classifier made of a network and up to four parts: a transform before the network, the loss it is trained with,
/// and the perturbations of its training images and of its weights. A defense is a subclass that names its parts.
/// </summary>
/// <remarks>
/// The parts are made before the network, so they are given as initialisers:
/// <c>public override TrainingLoss Loss { get; } = new CrossEntropy() + 0.03 * new CenterLoss();</c>. Network,
/// transform and loss are registered here; modules that a subclass adds it registers with <c>register_module</c>.
/// </remarks>
public abstract partial class NetworkClassifier : Classifier, IFeatureExtractor, ILayered, ITrainable
{
    readonly FeatureNetwork network;
    readonly Module<Tensor, Tensor> featureLayer;

    /// <summary>What stands before it while it is trained.</summary>
    InputTransform? front;

    /// <summary>
    /// Whether it is being trained, alone or with other members of an ensemble, also where its training asks it in
    /// evaluation mode: for images that are perturbed against it, or validated.
    /// </summary>
    protected bool IsBeingTrained { get; private set; }

    /// <summary>Makes an untrained classifier.</summary>
    protected NetworkClassifier(INetworkFactory networks, NetworkRequest? request = null)
        : this(networks.Create(request))
    {
    }

    /// <summary>Makes a classifier of a network, which belongs to it from now on.</summary>
    protected NetworkClassifier(FeatureNetwork network) : base(nameof(NetworkClassifier))
    {
        (this.network, featureLayer) = (
            network, network is LayeredNetwork layered ? new FeatureLayers(layered) : new FeatureLayer(network));
        register_module(nameof(network), network);
        if (Transform is { } transform)
            register_module(nameof(transform), transform);
        Loss.Build(network);
        register_module("loss", Loss);
    }

    /// <summary>
    /// What the images pass through before the network; null for nothing. Where it is trained, that happens before the
    /// network is trained, and then it stays as it is.
    /// </summary>
    public virtual InputTransform? Transform => null;

    /// <summary>What the network is trained to make small.</summary>
    public virtual TrainingLoss Loss { get; } = new CrossEntropy();

    /// <summary>What perturbs the training images; null for training on clean images.</summary>
    public virtual Perturbation? Perturbation { get; init; }

    /// <summary>What moves the weights for the loss of a batch; null for nothing.</summary>
    public virtual WeightPerturbation? WeightPerturbation { get; init; }

    /// <inheritdoc/>
    public IReadOnlyList<Module<Tensor, Tensor>> Layers
    {
        get
        {
            Module<Tensor, Tensor>[] decision = Loss.Head is { } head ? [featureLayer, head] : [network];
            return [.. new[] { front, Transform }.OfType<InputTransform>(), .. decision];
        }
    }

    /// <inheritdoc/>
    public override string GetName() => GetType().Name;

    /// <inheritdoc/>
    public override Tensor forward(Tensor images)
    {
        if (Loss.Head is not { } head)
            return OfNetwork(images, network.call);
        using var h = features(images);
        return head.call(h);
    }

    /// <inheritdoc/>
    public Tensor features(Tensor images) => OfNetwork(images, network.features);

    /// <inheritdoc/>
    public virtual void Train(ILabeledImages training, TrainingOptions options) =>
        Train(training, options, Perturbation);

    /// <summary>
    /// Trains with another perturbation than the property's, for example one that training itself prepares.
    /// </summary>
    /// <param name="training">Clean training images with their labels.</param>
    /// <param name="options">Seed, length, optimizer, progress, cancellation, checkpoint.</param>
    /// <param name="perturbation">What perturbs the images; null for nothing.</param>
    protected void Train(ILabeledImages training, TrainingOptions options, Perturbation? perturbation)
    {
        using var mode = options.Front is { } behind ? ModuleMode.Keep(behind) : null;
        options.Front?.eval();
        Prepare(training, options);
        using var plans = new AttackPlans(withGradient: true, whileTrained: true);
        BeginTraining(options.Front);
        try
        {
            new Trainer(this, options) { Recipe = perturbation is null ? [] : [perturbation] }
                .Train(training, batch => LossOf(batch, perturbation, plans));
        }
        finally
        {
            EndTraining();
        }
    }

    /// <summary>Trains what stands before the network.</summary>
    /// <exception cref="ArgumentException">The network has another number of classes.</exception>
    internal void Prepare(ILabeledImages training, TrainingOptions options)
    {
        network.ThrowIfOtherClasses(training);
        TrainedTransforms.Train(Transform, training, options);
    }

    /// <summary>The loss of a batch, to be trained alone or in a sum over the members of an ensemble.</summary>
    public BatchLoss LossOf(TrainingBatch batch) => LossOf(batch, Perturbation, plans: null);

    /// <summary>The same, on images that are given where the classifier perturbs none itself.</summary>
    internal BatchLoss LossOf(TrainingBatch batch, Tensor images, AttackPlans plans) =>
        LossOf(batch, Perturbation, plans, images);

    /// <summary>Names of the network's layers whose outputs can be tapped.</summary>
    internal IReadOnlyList<string> TapNames => network.TapNames;

    /// <summary>Outputs [N, ...] of one of them, or with null the penultimate features.</summary>
    internal Tensor OutputsOf(Tensor images, string? layer)
    {
        if (layer is null)
            return features(images);
        var taps = new Dictionary<string, Tensor>();
        OfNetwork(images, seen => network.features(seen, [layer], taps)).Dispose();
        return taps[layer];
    }

    /// <summary>Puts it behind a front while it is trained.</summary>
    internal void BeginTraining(InputTransform? front) => (this.front, IsBeingTrained) = (front, true);

    /// <summary>Takes the front away again.</summary>
    internal void EndTraining() => (front, IsBeingTrained) = (null, false);

    /// <summary>What its loss sees of images in the place of the batch's.</summary>
    /// <param name="batch">The batch.</param>
    /// <param name="images">The images.</param>
    /// <param name="areClean">Whether they are the batch's, perhaps with a gradient.</param>
    internal LossContext Evaluate(TrainingBatch batch, Tensor images, bool areClean = false)
    {
        var taps = new Dictionary<string, Tensor>();
        var shownImages = Loss.DifferentiatesImages && !images.requires_grad
            ? images.detach().requires_grad_()
            : images;
        var h = OfNetwork(shownImages, seen => network.features(seen, Loss.Taps, taps));
        var logits = Loss.Head is { } head ? head.call(h) : network.head(h);
        var shown = new LossContext(shownImages, h, logits, batch.Labels)
        {
            Taps = taps,
            Classifier = this,
            Step = batch.Step,
            Further = batch.Training is { } training ? new FurtherImages(training, this, features) : null,
        };
        return areClean || ReferenceEquals(images, batch.Images)
            ? shown
            : shown.WithClean(() => Evaluate(batch, batch.Images));
    }

    /// <summary>
    /// Does nothing: the parts are registered already, and their properties' fields would be so twice.
    /// </summary>
    protected sealed override void RegisterComponents()
    {
    }

    BatchLoss LossOf(TrainingBatch batch, Perturbation? perturbation, AttackPlans? plans, Tensor? given = null)
    {
        var images = perturbation is null ? given ?? batch.Images : Perturbed(perturbation);
        if (WeightPerturbation is not { } moving)
            return LossNow();
        return moving.Of(Loss.Head is { } ownHead ? [network, ownHead] : [network], this, LossNow);

        BatchLoss LossNow()
        {
            var context = Evaluate(batch, images);
            var loss = Loss.Of(context);
            return new BatchLoss(loss, (context.HasClean ? context.Clean : context).Logits);
        }

        Tensor Perturbed(Perturbation perturbation)
        {
            plans?.Refresh(this);
            return perturbation.Of(new PerturbedBatch(this, batch.Images, batch.Labels, batch.Step)
            {
                Evaluate = seen => Evaluate(batch, seen),
                Temperature = Loss.TemperatureUnderAttack,
                Plans = plans,
            });
        }
    }

    Tensor OfNetwork(Tensor images, Func<Tensor, Tensor> function)
    {
        return Through(front, images, seen => Through(Transform, seen, function));

        static Tensor Through(InputTransform? transform, Tensor images, Func<Tensor, Tensor> function)
        {
            if (transform is null)
                return function(images);
            using var seen = transform.call(images);
            return function(seen);
        }
    }

    /// <summary>The network up to its features, as a layer.</summary>
    sealed class FeatureLayer(FeatureNetwork network) : Module<Tensor, Tensor>(nameof(FeatureLayer))
    {
        public override Tensor forward(Tensor images) => network.features(images);
    }

    /// <summary>The same of a network whose layers are known.</summary>
    sealed class FeatureLayers(LayeredNetwork network) : Module<Tensor, Tensor>(nameof(FeatureLayers)), ILayered
    {
        public IReadOnlyList<Module<Tensor, Tensor>> Layers => network.LayersOfFeatures;

        public override Tensor forward(Tensor images) => network.features(images);
    }
}
