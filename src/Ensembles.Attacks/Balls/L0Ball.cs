using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>At most epsilon pixels change, each as far as it likes.</summary>
sealed class L0Ball(ThreatModel threat) : Ball(threat)
{
    /// <remarks>The pixels that change most keep their change.</remarks>
    public override Tensor Project(Tensor images, Tensor clean)
    {
        using var scope = NewDisposeScope();
        var inside = images.clamp(0, 1);
        return Keep((inside - clean).abs(), inside, clean).MoveToOuterDisposeScope();
    }

    /// <remarks>A choice of pixels, and any colour for each.</remarks>
    public override Tensor RandomPoint(Tensor clean, Generator generator)
    {
        using var scope = NewDisposeScope();
        var order = rand(clean.size(0), 1, clean.size(2), clean.size(3), generator: generator).to(clean.device);
        var colors = rand(clean.shape, generator: generator).to(clean.device);
        return Keep(order, colors, clean).MoveToOuterDisposeScope();
    }

    public override Tensor RandomPointAt(Tensor distance, Tensor clean, Generator generator) =>
        throw new NotSupportedException("Under L0 no attack starts at random.");

    public override Tensor SteepestStep(Tensor gradient, Tensor points, double size) =>
        throw new NotSupportedException("Under L0 there is no step that is small.");

    /// <remarks>A choice of pixels, each value of them 0 or 1.</remarks>
    public override Tensor RandomCorner(Tensor clean, Generator generator)
    {
        using var scope = NewDisposeScope();
        var order = rand(clean.size(0), 1, clean.size(2), clean.size(3), generator: generator).to(clean.device);
        var colors = rand(clean.shape, generator: generator).to(clean.device).round();
        return Keep(order, colors, clean).MoveToOuterDisposeScope();
    }

    public override Tensor Gain(Tensor gradient) =>
        throw new NotSupportedException("Under L0 there is no gain in proportion to a length.");

    public override Tensor Shorten(Tensor change, Tensor lengths) =>
        throw new NotSupportedException("Under L0 lengths are numbers of pixels, and no attack shortens them.");

    public override Tensor Length(Tensor change)
    {
        using var scope = NewDisposeScope();
        return change.ne(0).any(1).flatten(1).sum(1).to_type(ScalarType.Float32).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The images at the pixels of the highest order, as many as may change, and the clean ones elsewhere.
    /// </summary>
    Tensor Keep(Tensor order, Tensor images, Tensor clean)
    {
        var pixels = clean.size(2) * clean.size(3);
        var most = (int)Math.Min(Epsilon, pixels);
        var ranked = order.amax([1]).flatten(1);
        var (_, kept) = ranked.topk(most);
        var mask = zeros_like(ranked, dtype: ScalarType.Bool).scatter(1, kept, ones_like(kept, dtype: ScalarType.Bool));
        return where(mask.view(-1, 1, clean.size(2), clean.size(3)), images, clean);
    }
}
