using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// A detector that has a network of its own and scores images by what the network makes of them. A defense is a
/// subclass that says what the score is, and what is trained or fitted beside the network.
/// </summary>
/// <remarks>
/// The score is differentiable in the images where what it is made of is, and an attack that lowers it together with
/// the classifiers' margins goes around the detector (Carlini and Wagner 2017 [5]).
/// </remarks>
public abstract class NetworkDetector : Detector, IFittedToImages, ITrainable
{
    /// <summary>Images passed at once while fitting.</summary>
    private protected const int FittingBatch = 64;

    readonly FittedImages fitted = new();

    /// <summary>Makes an untrained detector.</summary>
    /// <param name="network">Its network, which belongs to the detector from now on.</param>
    protected NetworkDetector(FeatureNetwork network) : base(nameof(NetworkDetector))
    {
        Network = network;
        register_module("network", network);
        register_module(nameof(fitted), fitted);
    }

    /// <inheritdoc/>
    [NotPartOfIdentity]
    public FittedImages FittedTo => fitted;

    /// <summary>The network that the score comes from.</summary>
    protected FeatureNetwork Network { get; }

    /// <summary>Epochs that training takes, over those of the options.</summary>
    protected virtual int EpochFactor => 1;

    /// <summary>
    /// Whether a fifth of the images is kept from the training, so that what follows it can be fitted to images that
    /// the network has not seen.
    /// </summary>
    protected virtual bool HoldsOut => false;

    /// <inheritdoc/>
    public override string GetName() => GetType().Name;

    /// <summary>
    /// Trains the network and what is trained beside it, then fits the rest. Behind a front all of it happens on what
    /// the front makes of the images.
    /// </summary>
    /// <inheritdoc/>
    public void Train(ILabeledImages training, TrainingOptions options)
    {
        using var behind = options.Front is { } front ? new ImagesBehindFront(training, front) : null;
        Train(behind ?? training, remembered: training, options with { Front = null });
    }

    /// <summary>Scores, float32 [N], of images [N, C, H, W].</summary>
    /// <exception cref="InvalidOperationException">The detector is not trained.</exception>
    public sealed override Tensor forward(Tensor images)
    {
        if (fitted.IsEmpty)
            throw new InvalidOperationException(
                "The detector has no scores yet: train it, or load the checkpoint of a trained one.");
        using var scope = NewDisposeScope();
        return Score(images).MoveToOuterDisposeScope();
    }

    /// <summary>Scores, float32 [N], once everything is fitted.</summary>
    protected abstract Tensor Score(Tensor images);

    /// <summary>Throws where a property was set to what training can do nothing with.</summary>
    protected virtual void ThrowIfMisconfigured()
    {
    }

    /// <summary>Fits what the training itself depends on, such as a projection, before it begins.</summary>
    /// <inheritdoc cref="Fit"/>
    protected virtual void Prepare(ILabeledImages seen, Device device, CancellationToken cancellation)
    {
    }

    /// <summary>
    /// The loss of a batch: the network's cross-entropy, and that of whatever a subclass trains beside it.
    /// </summary>
    protected virtual BatchLoss LossOf(TrainingBatch batch)
    {
        var logits = Network.call(batch.Images);
        return new BatchLoss(functional.cross_entropy(logits, batch.Labels), logits);
    }

    /// <summary>Fits the rest after the training, in evaluation mode, without gradients.</summary>
    /// <param name="seen">
    /// The images trained on, on the device they were given on, or read when they are asked for.
    /// </param>
    /// <param name="heldOut">Those that were not; none unless <see cref="HoldsOut"/>.</param>
    /// <param name="device">The detector's device.</param>
    /// <param name="cancellation">Stops the training.</param>
    protected virtual void Fit(
        ILabeledImages seen, ILabeledImages heldOut, Device device, CancellationToken cancellation)
    {
    }

    /// <summary>What a function makes of images, which are read a few at a time.</summary>
    /// <param name="images">The images.</param>
    /// <param name="device">Where the function takes them.</param>
    /// <param name="function">Some of the images to a tensor with a row for each.</param>
    /// <param name="cancellation">Stops between two parts.</param>
    protected static Tensor InBatches(
        ILabeledImages images, Device device, Func<Tensor, Tensor> function, CancellationToken cancellation)
    {
        return cat([.. Enumerable.Range(0, images.Count).Select(i => (long)i).Chunk(FittingBatch).Select(OfSome)]);

        Tensor OfSome(long[] places)
        {
            cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var some = images.Select(places);
            return function(some.Images.to(device)).MoveToOuterDisposeScope();
        }
    }

    /// <summary>What a function makes of images, a few at a time.</summary>
    /// <param name="images">Images [N, ...].</param>
    /// <param name="function">Some of the images to a tensor with a row for each.</param>
    /// <param name="cancellation">Stops between two parts.</param>
    protected static Tensor InBatches(Tensor images, Func<Tensor, Tensor> function, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        return cat([.. images.split(FittingBatch).Select(function)]);
    }

    /// <summary>
    /// Does nothing: a subclass registers what it trains or fits with <c>register_module</c> or <c>register_buffer</c>.
    /// </summary>
    protected sealed override void RegisterComponents()
    {
    }

    void Train(ILabeledImages training, ILabeledImages remembered, TrainingOptions options)
    {
        Network.ThrowIfOtherClasses(training);
        ThrowIfMisconfigured();
        using var shuffled = training.Shuffle(options.Seed);
        var (seen, heldOut) =
            shuffled.SplitStratified(HoldsOut ? training.Count * 4 / 5 : training.Count);
        using (seen)
        using (heldOut)
        {
            var device = Network.parameters().First().device;
            WithoutGradients(() => Prepare(seen, device, options.Cancellation));
            var trainer = new Trainer(this, options with { Epochs = EpochFactor * options.Epochs })
            {
                Validated = Network,
                Finish = () => WithoutGradients(() =>
                {
                    Fit(seen, heldOut, device, options.Cancellation);
                    fitted.Remember(remembered, options.Cancellation);
                }),
            };
            trainer.Train(seen, LossOf);
        }
    }

    static void WithoutGradients(Action fit)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        fit();
    }
}
