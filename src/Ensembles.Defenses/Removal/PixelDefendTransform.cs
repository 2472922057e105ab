using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// PixelDefend (Song et al. 2017 [31]): images are brought to where an autoregressive model of clean images finds them
/// likely, by greedy decoding inside a ball: pixel after pixel becomes the most likely grey level within epsilon.
/// </summary>
/// <remarks>
/// The model is small enough for a CPU: it looks at a window of the pixels before, where the source's PixelCNN looks at
/// all. The likelihood of the whole image need not rise, since each pixel looks at those before alone. The surrogate is
/// the identity (BPDA, Athalye et al. 2018 [1]).
/// </remarks>
[Defense(
    Category.NonRobustFeatures,
    Source = "Song et al. 2017 [31]",
    UnderAttack = "Falls to attacks that take it for the identity (BPDA).")]
[Claims<ManifoldProjection>]
public sealed class PixelDefendTransform : InputTransform, INonDifferentiable, ITrainable
{
    readonly CausalPixelModel model;

    /// <summary>Makes an untrained transform.</summary>
    /// <param name="channels">Channels of the images.</param>
    /// <param name="epsilon">How far a pixel may go, in Linf, 0 or more; the source takes 16/255 on CIFAR-10.</param>
    /// <param name="levels">Grey levels of the model, 2 to 256.</param>
    /// <param name="reach">How many pixels up, left and right it looks, 1 or more.</param>
    /// <param name="width">Units of its layers, 1 or more.</param>
    /// <exception cref="ArgumentOutOfRangeException">A number outside these.</exception>
    public PixelDefendTransform(
        int channels = 1, double epsilon = 0.15, int levels = 32, int reach = 3, int width = 48)
        : base(nameof(PixelDefendTransform))
    {
        if (epsilon is not (>= 0 and <= 1))
            throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "A pixel goes 0 to 1 far.");
        (Epsilon, model) = (epsilon, new CausalPixelModel(channels, levels, reach, width));
        RegisterComponents();
    }

    /// <summary>How far a pixel may go, in Linf.</summary>
    public double Epsilon { get; }

    /// <summary>Channels of the images.</summary>
    public int Channels => model.Channels;

    /// <summary>Grey levels of the model.</summary>
    public int Levels => model.Levels;

    /// <summary>How many pixels up, left and right the model looks.</summary>
    public int Reach => model.Reach;

    /// <summary>Purified images [N, C, H, W], each pixel within epsilon of what it was.</summary>
    public override Tensor forward(Tensor images)
    {
        ImageTraining.ThrowIfOtherChannels(images, Channels);
        return model.Greedy(images, Epsilon);
    }

    /// <summary>The identity.</summary>
    public Tensor surrogate(Tensor images) => images.alias();

    /// <summary>log P(x) of images [N, C, H, W], in nats for each pixel and channel, float32 [N].</summary>
    public Tensor LogLikelihood(Tensor images)
    {
        ImageTraining.ThrowIfOtherChannels(images, Channels);
        return model.LogLikelihood(images);
    }

    /// <summary>Trains the model by maximum likelihood.</summary>
    /// <inheritdoc/>
    public void Train(ILabeledImages training, TrainingOptions options) =>
        ImageTraining.Train(this, "pixels", training, options, images => -LogLikelihood(images).mean());
}
