using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>Every pixel changes by at most epsilon.</summary>
sealed class LinfBall(ThreatModel threat) : Ball(threat)
{
    /// <summary>The largest float32 that is not above epsilon.</summary>
    readonly float radius =
        (float)threat.Epsilon > threat.Epsilon ? MathF.BitDecrement((float)threat.Epsilon) : (float)threat.Epsilon;

    /// <summary>
    /// The lowest and the highest images in the ball around the clean images asked for last: an attack asks for the
    /// same ones step after step.
    /// </summary>
    (Tensor Clean, Tensor Lowest, Tensor Highest)? range;

    public override Tensor Project(Tensor images, Tensor clean)
    {
        var (lowest, highest) = Range(clean);
        return images.clamp(lowest, highest);
    }

    public override Tensor Step(Tensor images, Tensor direction, double size, Tensor clean)
    {
        var (lowest, highest) = Range(clean);
        return HostMemory.Holds(images, direction, lowest, highest)
            ? LinfSteps.Step(images, direction, (float)size, lowest, highest)
            : base.Step(images, direction, size, clean);
    }

    public override Tensor StepWithMomentum(
        Tensor images, Tensor direction, float[] sizes, Tensor previous, double momentum, Tensor clean)
    {
        var (lowest, highest) = Range(clean);
        return HostMemory.Holds(images, direction, previous, lowest, highest)
            ? LinfSteps.WithMomentum(images, direction, sizes, previous, (float)momentum, lowest, highest)
            : base.StepWithMomentum(images, direction, sizes, previous, momentum, clean);
    }

    (Tensor Lowest, Tensor Highest) Range(Tensor clean)
    {
        if (!ReferenceEquals(range?.Clean, clean))
        {
            Dispose();
            using var scope = NewDisposeScope();
            var (lowest, highest) = (Inside(clean - radius, clean), Inside(clean + radius, clean));
            range = (clean, lowest.DetachFromDisposeScope(), highest.DetachFromDisposeScope());
        }
        return (range.Value.Lowest, range.Value.Highest);
    }

    /// <summary>The edge of the ball, clean +- radius, as it is in float32 and in [0, 1].</summary>
    Tensor Inside(Tensor edge, Tensor clean)
    {
        // It is rounded by half a unit in the last place at most: where that ended outside, the next float32 towards
        // the clean pixel is inside.
        var distance = (edge.to_type(ScalarType.Float64) - clean.to_type(ScalarType.Float64)).abs();
        return where(distance.gt(Epsilon), edge.nextafter(clean), edge).clamp(0, 1);
    }

    internal override void Select(Tensor clean, Tensor left, Tensor cleanLeft)
    {
        if (!ReferenceEquals(range?.Clean, clean))
            return;
        var (_, lowest, highest) = range.Value;
        var (lowestLeft, highestLeft) = (lowest.index_select(0, left), highest.index_select(0, left));
        range = (cleanLeft, lowestLeft.DetachFromDisposeScope(), highestLeft.DetachFromDisposeScope());
        lowest.Dispose();
        highest.Dispose();
    }

    public override void Dispose()
    {
        range?.Lowest.Dispose();
        range?.Highest.Dispose();
        range = null;
    }

    public override Tensor SteepestStep(Tensor gradient, Tensor points, double size) => gradient.sign().mul_(size);

    public override Tensor RandomPoint(Tensor clean, Generator generator)
    {
        using var scope = NewDisposeScope();
        // Drawn on the CPU, so that every device starts from the same points.
        var uniform = rand(clean.shape, generator: generator).to(clean.device);
        return Project(clean + (2 * uniform - 1) * Epsilon, clean).MoveToOuterDisposeScope();
    }

    public override Tensor RandomPointAt(Tensor distance, Tensor clean, Generator generator)
    {
        using var scope = NewDisposeScope();
        var change = 2 * rand(clean.shape, generator: generator).to(clean.device) - 1;
        var largest = change.abs().flatten(1).amax([1]).view(-1, 1, 1, 1);
        return Project(clean + change / largest * distance.view(-1, 1, 1, 1), clean).MoveToOuterDisposeScope();
    }

    /// <remarks>Every pixel changes by +-epsilon.</remarks>
    public override Tensor RandomCorner(Tensor clean, Generator generator)
    {
        using var scope = NewDisposeScope();
        var upwards = rand(clean.shape, generator: generator).lt(0.5);
        var signs = upwards.to_type(ScalarType.Float32).to(clean.device) * 2 - 1;
        return Project(clean + signs * Epsilon, clean).MoveToOuterDisposeScope();
    }

    public override Tensor Gain(Tensor gradient)
    {
        using var scope = NewDisposeScope();
        return gradient.flatten(1).abs().sum(1).MoveToOuterDisposeScope();
    }

    public override Tensor Shorten(Tensor change, Tensor lengths)
    {
        using var scope = NewDisposeScope();
        var most = lengths.view(-1, 1, 1, 1);
        return change.clamp(-most, most).MoveToOuterDisposeScope();
    }

    public override Tensor Length(Tensor change)
    {
        using var scope = NewDisposeScope();
        return change.abs().flatten(1).amax([1]).MoveToOuterDisposeScope();
    }
}
