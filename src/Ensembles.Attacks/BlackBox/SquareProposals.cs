using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>What the Square attack tries in a norm.</summary>
abstract class SquareProposals
{
    public static SquareProposals Of(ThreatModel threat) => threat.Norm switch
    {
        Norm.Linf => new LinfSquares(threat.Epsilon),
        Norm.L2 => new L2Squares(threat.Epsilon),
        _ => throw new ArgumentOutOfRangeException(nameof(threat), threat.Norm, "Square attacks under Linf or L2."),
    };

    /// <summary>The images [N, C, H, W] to start from.</summary>
    public abstract Tensor Start(Tensor clean, Dice dice);

    /// <summary>Images [A, C, H, W] to try next, near those of the front; still to be brought into the ball.</summary>
    /// <param name="front">The front of a batch.</param>
    /// <param name="side">The side of the window, at most the image's.</param>
    /// <param name="batchSize">N. What differs between images is drawn for the whole batch, so that it does not depend on which are left.</param>
    /// <param name="dice">What is random.</param>
    public abstract Tensor Propose(Front front, int side, long batchSize, Dice dice);

    /// <summary>Where a random window of that side begins.</summary>
    protected static (long Top, long Left) Place(Tensor images, int side, Dice dice) => (dice.Below(images.size(2) - side + 1), dice.Below(images.size(3) - side + 1));

    /// <summary>The pixels in a window, as a view.</summary>
    protected static Tensor Window(Tensor images, (long Top, long Left) place, int side) => images.narrow(2, place.Top, side).narrow(3, place.Left, side);
}

/// <summary>Random numbers from a seed, whatever drew before.</summary>
sealed class Dice(long seed)
{
    long draws;

    /// <summary>An integer in [0, <paramref name="end"/>).</summary>
    public long Below(long end) => AttackSeed.Of(seed, ++draws) % end;

    /// <summary>A tensor of -1 and 1.</summary>
    public Tensor Signs(Tensor like, params long[] shape)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)AttackSeed.Of(seed, ++draws));
        float[] signs = [.. HostMemory.ReadFloats(rand(shape, generator: generator)).Select(uniform => uniform < 0.5f ? 1f : -1f)];
        return tensor(signs, shape, device: like.device).MoveToOuterDisposeScope();
    }
}

/// <summary>Every pixel changes by +-epsilon: stripes first, then squares of one sign in each channel.</summary>
sealed class LinfSquares(double epsilon) : SquareProposals
{
    public override Tensor Start(Tensor clean, Dice dice)
    {
        using var scope = NewDisposeScope();
        return (clean + epsilon * dice.Signs(clean, clean.size(0), clean.size(1), 1, clean.size(3))).MoveToOuterDisposeScope();
    }

    public override Tensor Propose(Front front, int side, long batchSize, Dice dice)
    {
        using var scope = NewDisposeScope();
        var images = front.Images.clone();
        var place = Place(images, side, dice);
        Window(images, place, side).add_(2 * epsilon * dice.Signs(images, 1, images.size(1), 1, 1));
        return images.MoveToOuterDisposeScope();
    }
}

/// <summary>The change has the length epsilon: bumps on a grid first, then the budget of one window is moved into a bump in another.</summary>
sealed class L2Squares(double epsilon) : SquareProposals
{
    public override Tensor Start(Tensor clean, Dice dice)
    {
        using var scope = NewDisposeScope();
        var change = zeros_like(clean);
        var side = (int)Math.Max(Math.Min(clean.size(2), clean.size(3)) / 5, 1);
        for (long top = 0; top + side <= clean.size(2); top += side)
        {
            for (long left = 0; left + side <= clean.size(3); left += side)
                Window(change, (top, left), side).copy_(Bump(side, dice, clean) * dice.Signs(clean, clean.size(0), clean.size(1), 1, 1));
        }
        return (clean + OfLength(change, epsilon)).MoveToOuterDisposeScope();
    }

    public override Tensor Propose(Front front, int side, long batchSize, Dice dice)
    {
        using var scope = NewDisposeScope();
        // Odd and at least 3, for a bump to have a shape, where the image is as large.
        side = (int)Math.Min(Math.Max(side, 3) | 1, Math.Min(front.Clean.size(2), front.Clean.size(3)));
        var change = front.Images - front.Clean;
        var (here, other) = (Place(change, side, dice), Place(change, side, dice));

        var windows = zeros_like(change);
        Window(windows, here, side).fill_(1);
        Window(windows, other, side).fill_(1);
        var unspent = (epsilon * epsilon - Length(change).square()).clamp(min: 0);
        var budget = (unspent / change.size(1) + LengthInChannels(change * windows).square()).sqrt();

        var signs = front.OfBatch(dice.Signs(change, batchSize, change.size(1), 1, 1));
        var old = Window(change, here, side);
        var bump = Bump(side, dice, change) * signs + old / (LengthInChannels(old) + Tiny);
        Window(change, other, side).fill_(0);
        Window(change, here, side).copy_(bump / (LengthInChannels(bump) + Tiny) * budget);
        return (front.Clean + OfLength(change, epsilon)).MoveToOuterDisposeScope();
    }

    const double Tiny = 1e-12;

    /// <summary>Two opposite hills side by side, [side, side] of length 1: one above the other, or, half of the time, left and right.</summary>
    static Tensor Bump(int side, Dice dice, Tensor like)
    {
        using var scope = NewDisposeScope();
        var half = side / 2;
        var bump = half == 0 ? ones(1, 1) : cat([Hill(half, side), -Hill(side - half, side)]);
        bump = bump / bump.square().sum().sqrt();
        if (dice.Below(2) == 1)
            bump = bump.t();
        return bump.contiguous().to(like.device).MoveToOuterDisposeScope();
    }

    /// <summary>A hill of length 1 over a rectangle: boxes around its middle, the r-th, of side 2 r - 1, adding 1 / r^2.</summary>
    static Tensor Hill(int height, int width)
    {
        using var scope = NewDisposeScope();
        var (middleRow, middleColumn) = (height / 2, width / 2);
        var values = new float[height, width];
        for (var row = 0; row < height; row++)
        {
            for (var column = 0; column < width; column++)
            {
                var ring = Math.Max(Math.Abs(row - middleRow), Math.Abs(column - middleColumn));
                for (var radius = ring + 1; radius <= Math.Max(middleRow, middleColumn) + 1; radius++)
                    values[row, column] += 1f / (radius * radius);
            }
        }
        var hill = tensor(values);
        return (hill / hill.square().sum().sqrt()).MoveToOuterDisposeScope();
    }

    static Tensor OfLength(Tensor change, double length) => change / (Length(change) + Tiny) * length;

    static Tensor Length(Tensor change) => change.square().sum([1, 2, 3], keepdim: true).sqrt();

    static Tensor LengthInChannels(Tensor change) => change.square().sum([2, 3], keepdim: true).sqrt();
}
