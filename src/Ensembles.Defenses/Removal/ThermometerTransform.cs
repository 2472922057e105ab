using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Thermometer encoding (Buckman et al. 2018 [2]): each pixel becomes l channels, of which the first ones are 1, as far
/// as the pixel's level, and the others 0. t_k = 1[j >= k] for k = 0..l-1, with the level j = floor(0.99999 l x).
/// </summary>
/// <remarks>
/// <para>The network takes C l channels, those of a colour side by side. t_0 is 1 always.</para>
/// <para>The surrogate lets each channel but t_0 rise from 0 to 1 over the levels on both sides of where it begins,
/// t_k ~ clip((0.99999 l x - k + 1) / 2, 0, 1). The attack that broke it lets it rise over the level below alone
/// (Athalye et al. 2018 [1]); then white pixels, above the last of these, would have no gradient.</para>
/// <para>It claims no strength: a network behind 16 levels uses the faint textures of the embedded dataset about as
/// much as one without. <see cref="ThermometerAdversarialClassifier"/> is trained against the attack.</para>
/// </remarks>
#pragma warning disable ENS0102 // Removal of non-robust features was measured and does not show: see the remarks.
[Defense(
    Category.NonRobustFeatures,
    Source = "Buckman et al. 2018 [2]",
    UnderAttack = "Falls to attacks through a smooth surrogate of its levels (BPDA).")]
public sealed class ThermometerTransform : InputTransform, INonDifferentiable, IRising
#pragma warning restore ENS0102
{
    /// <summary>A white pixel is of the last level, not of one above it.</summary>
    const double BelowOne = 0.99999;

    /// <summary>Makes the transform.</summary>
    /// <param name="levels">l, 2 or more; 16 is the source's.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than two levels, or more than 10,000.</exception>
    public ThermometerTransform(int levels = 16) : base(nameof(ThermometerTransform))
    {
        if (levels is < 2 or > 10_000)
            throw new ArgumentOutOfRangeException(nameof(levels), levels, "There are 2 to 10,000 levels.");
        Levels = levels;
    }

    /// <summary>l, channels for each channel of the images.</summary>
    public int Levels { get; }

    /// <summary>Thermometers [N, C l, H, W] in {0, 1}.</summary>
    public override Tensor forward(Tensor images)
    {
        ImageShape.ThrowIfNot(images);
        using var scope = NewDisposeScope();
        return Level(images).unsqueeze(2).ge(Channels(images)).to_type(images.dtype).flatten(1, 2)
            .MoveToOuterDisposeScope();
    }

    /// <summary>t_k ~ clip((0.99999 l x - k + 1) / 2, 0, 1), and t_0 = 1.</summary>
    public Tensor surrogate(Tensor images)
    {
        ImageShape.ThrowIfNot(images);
        using var scope = NewDisposeScope();
        var channels = Channels(images);
        var rising = (((BelowOne * Levels * images).unsqueeze(2) - channels + 1) / 2).clamp(0, 1);
        return rising.masked_fill(channels.eq(0), 1).flatten(1, 2).MoveToOuterDisposeScope();
    }

    /// <summary>j, the level of each pixel, float32 of the images' shape.</summary>
    internal Tensor Level(Tensor images)
    {
        using var scope = NewDisposeScope();
        return (BelowOne * Levels * images).floor().MoveToOuterDisposeScope();
    }

    /// <summary>Where level j begins.</summary>
    internal Tensor LowerEnd(Tensor level) => level / (BelowOne * Levels);

    /// <summary>k, [1, 1, l, 1, 1].</summary>
    Tensor Channels(Tensor images) =>
        arange(Levels, dtype: images.dtype, device: images.device).view(1, 1, Levels, 1, 1);
}
