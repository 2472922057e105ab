using Ensembles.Graphs;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Fewer grey levels: each pixel keeps b bits (Guo et al. 2018 [13], Xu et al. 2018), which drops perturbations smaller
/// than a level where they do not carry a pixel over its edge.
/// </summary>
/// <remarks>
/// <para>With L = 2^b, the three conventions are round(x (L - 1)) / (L - 1), floor(255 x / (256 / L)) (256 / L) / 255
/// and round(x L) / L. The surrogate is the identity (BPDA, Athalye et al. 2018 [1]).</para>
/// <para>It claims no strength. A smooth image passes a faint texture on where it crosses the edges of levels, as
/// dither does: a network behind 2 to 4 bits uses the textures of the embedded dataset about as much as one without.
/// Behind 1 bit, or where pixels lie on the levels as those of MNIST do, they are gone.</para>
/// </remarks>
#pragma warning disable ENS0102 // Removal of non-robust features was measured and does not show: see the remarks.
[Defense(
    Category.NonRobustFeatures,
    Source = "Guo et al. 2018 [13]",
    UnderAttack = "Falls to attacks that take it for the identity (BPDA).")]
public sealed class BitDepthTransform : InputTransform, INonDifferentiable, IRising, IGraphSource
#pragma warning restore ENS0102
{
    /// <summary>Makes the transform.</summary>
    /// <param name="bits">b, from 1 to 8.</param>
    /// <param name="levels">Where the levels lie.</param>
    /// <exception cref="ArgumentOutOfRangeException">Bits outside 1 to 8, or no such convention.</exception>
    public BitDepthTransform(int bits = 4, GreyLevels levels = GreyLevels.Rounded) : base(nameof(BitDepthTransform))
    {
        if (bits is < 1 or > 8)
            throw new ArgumentOutOfRangeException(nameof(bits), bits, "A pixel keeps 1 to 8 bits.");
        if (!Enum.IsDefined(levels))
            throw new ArgumentOutOfRangeException(nameof(levels), levels, "There is no such convention.");
        (Bits, Levels) = (bits, levels);
    }

    /// <summary>b, the bits that a pixel keeps.</summary>
    public int Bits { get; }

    /// <summary>Where the levels lie.</summary>
    public GreyLevels Levels { get; }

    /// <summary>Images [N, C, H, W] of so many levels, in [0, 1].</summary>
    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        var count = 1 << Bits;
        var step = 256 / count;
        var quantized = Levels switch
        {
            GreyLevels.Rounded => (images * (count - 1)).round() / (count - 1),
            GreyLevels.TopBits => ((images * 255).round() / step).floor() * step / 255,
            _ => (images * count).round() / count,
        };
        return quantized.MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    public Value Build(GraphBuilder graph, Value input)
    {
        var (images, count) = (new Term(graph, input), 1 << Bits);
        var step = 256 / count;
        return (Levels switch
        {
            GreyLevels.Rounded => (images * (count - 1)).Of(UnaryFunction.Round) / (count - 1),
            GreyLevels.TopBits =>
                ((images * 255).Of(UnaryFunction.Round) / step).Of(UnaryFunction.Floor) * step / 255,
            _ => (images * count).Of(UnaryFunction.Round) / count,
        }).Value;
    }

    /// <summary>The identity.</summary>
    public Tensor surrogate(Tensor images) => images.alias();
}

/// <summary>Conventions of where the 2^b grey levels of b bits lie.</summary>
public enum GreyLevels
{
    /// <summary>At k / (2^b - 1), each pixel at the nearest: 0 and 1 stay (Xu et al. 2018).</summary>
    Rounded,

    /// <summary>
    /// Of the eight bits of a pixel the top b, the others 0: white becomes grey (Athalye et al. 2018 [1]).
    /// </summary>
    TopBits,

    /// <summary>At k / 2^b, each pixel at the nearest: one level more than 2^b (Guo et al. 2018 [13]).</summary>
    RoundedToPower,
}
