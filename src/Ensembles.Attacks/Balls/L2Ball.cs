using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>The change of an image has at most the Euclidean length epsilon.</summary>
sealed class L2Ball(ThreatModel threat) : Ball(threat)
{
    public override Tensor Project(Tensor images, Tensor clean)
    {
        using var scope = NewDisposeScope();
        var center = clean.to_type(ScalarType.Float64);
        var change = images.to_type(ScalarType.Float64) - center;
        var length = change.flatten(1).square().sum(1).sqrt();
        var factor = (Epsilon / length.masked_fill(length.eq(0), 1)).clamp(max: 1);
        return Rounded(change * factor.view(-1, 1, 1, 1), clean).MoveToOuterDisposeScope();
    }

    public override Tensor SteepestStep(Tensor gradient, Tensor points, double size) => Normalize(gradient).mul_(size);

    public override Tensor RandomPoint(Tensor clean, Generator generator)
    {
        using var scope = NewDisposeScope();
        // Uniform in a ball of D dimensions: a Gaussian direction, a radius of U^(1/D).
        var direction = Normalize(randn(clean.shape, generator: generator).to(clean.device));
        var uniform = rand(clean.size(0), 1, 1, 1, generator: generator).to(clean.device);
        var radius = Epsilon * uniform.pow(1.0 / (clean.numel() / clean.size(0)));
        return Project(clean + direction * radius, clean).MoveToOuterDisposeScope();
    }

    public override Tensor RandomPointAt(Tensor distance, Tensor clean, Generator generator)
    {
        using var scope = NewDisposeScope();
        var direction = Normalize(randn(clean.shape, generator: generator).to(clean.device));
        return Project(clean + direction * distance.view(-1, 1, 1, 1), clean).MoveToOuterDisposeScope();
    }

    /// <remarks>Every point of its edge is one.</remarks>
    public override Tensor RandomCorner(Tensor clean, Generator generator)
    {
        using var epsilon = full(clean.size(0), Epsilon, device: clean.device);
        return RandomPointAt(epsilon, clean, generator);
    }

    public override Tensor Gain(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        return gradient.flatten(1).square().sum(1).sqrt().MoveToOuterDisposeScope();
    }

    public override Tensor Shorten(Tensor change, Tensor lengths)
    {
        using var scope = NewDisposeScope();
        var factor = (lengths / Length(change).clamp(min: 1e-30)).clamp(max: 1);
        return (change * factor.view(-1, 1, 1, 1)).MoveToOuterDisposeScope();
    }

    public override Tensor Length(Tensor change)
    {
        using var scope = NewDisposeScope();
        return change.square().flatten(1).sum(1).sqrt().MoveToOuterDisposeScope();
    }
}
