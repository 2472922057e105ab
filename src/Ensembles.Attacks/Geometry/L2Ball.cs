using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>The change of an image has at most the Euclidean length epsilon.</summary>
sealed class L2Ball(double epsilon) : Ball(epsilon)
{
    public override Tensor Project(Tensor images, Tensor clean)
    {
        using var scope = NewDisposeScope();
        var center = clean.to_type(ScalarType.Float64);
        var change = images.to_type(ScalarType.Float64) - center;
        var length = change.flatten(1).square().sum(1).sqrt();
        var factor = (Epsilon / length.masked_fill(length.eq(0), 1)).clamp(max: 1);

        // Clamping only shortens a change, since the clean pixel is in [0, 1]; rounding to float32 may lengthen it. Those
        // still too long are shortened by 1e-7, 2e-7, 4e-7 ..., which at 1 is the clean image itself.
        for (var excess = 1e-7; ; excess = Math.Min(2 * excess, 1))
        {
            var inside = (center + change * factor.view(-1, 1, 1, 1)).to_type(ScalarType.Float32).clamp(0, 1);
            var outside = Distances(inside, clean).gt(Epsilon);
            if (!outside.any().item<bool>())
                return inside.MoveToOuterDisposeScope();
            factor = where(outside, factor * (1 - excess), factor);
        }
    }

    public override Tensor SteepestStep(Tensor gradient, double size) => Normalize(gradient).mul_(size);

    public override Tensor RandomPoint(Tensor clean, Generator generator)
    {
        using var scope = NewDisposeScope();
        // Uniform in a ball of D dimensions: a Gaussian direction, a radius of U^(1/D).
        var direction = Normalize(randn(clean.shape, generator: generator).to(clean.device));
        var uniform = rand(clean.size(0), 1, 1, 1, generator: generator).to(clean.device);
        var radius = Epsilon * uniform.pow(1.0 / (clean.numel() / clean.size(0)));
        return Project(clean + direction * radius, clean).MoveToOuterDisposeScope();
    }

    public override Tensor RandomEdgePoint(Tensor clean, Generator generator)
    {
        using var scope = NewDisposeScope();
        var direction = Normalize(randn(clean.shape, generator: generator).to(clean.device));
        return Project(clean + direction * Epsilon, clean).MoveToOuterDisposeScope();
    }

    public override Tensor Gain(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        return gradient.flatten(1).square().sum(1).sqrt().MoveToOuterDisposeScope();
    }

    public override Tensor Speed(Tensor sizes) => sizes.alias();

    public override Tensor Length(Tensor change)
    {
        using var scope = NewDisposeScope();
        return change.square().flatten(1).sum(1).sqrt().MoveToOuterDisposeScope();
    }

    public override Tensor Distances(Tensor images, Tensor clean)
    {
        using var scope = NewDisposeScope();
        var change = images.to_type(ScalarType.Float64) - clean.to_type(ScalarType.Float64);
        return change.flatten(1).square().sum(1).sqrt().MoveToOuterDisposeScope();
    }
}
