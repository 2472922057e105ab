using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>What the Square attack tries in a norm.</summary>
abstract class SquareProposals
{
    public static SquareProposals Create(Ball ball) => ball.Norm switch
    {
        Norm.Linf => new LinfSquares(ball.Epsilon),
        Norm.L2 => new L2Squares(ball.Epsilon),
        _ => throw new ArgumentOutOfRangeException(nameof(ball), ball.Norm, "Square attacks under Linf or L2."),
    };

    /// <summary>The images [N, C, H, W] to start from.</summary>
    public abstract Tensor Start(Tensor clean, Dice dice);

    /// <summary>
    /// Images [A, C, H, W] to try next, near those of the active set; still to be brought into the ball.
    /// </summary>
    /// <param name="active">The active set.</param>
    /// <param name="side">The side of the window, at most the image's.</param>
    /// <param name="batchSize">
    /// N. What differs between images is drawn for the whole batch, so that it does not depend on which are left.
    /// </param>
    /// <param name="dice">What is random.</param>
    public abstract Tensor Propose(ActiveSet active, int side, long batchSize, Dice dice);

    /// <summary>Where a random window of that side begins.</summary>
    protected static (long Top, long Left) Place(Tensor images, int side, Dice dice) =>
        (dice.Below(images.size(2) - side + 1), dice.Below(images.size(3) - side + 1));

    /// <summary>The pixels in a window, as a view.</summary>
    protected static Tensor Window(Tensor images, (long Top, long Left) place, int side) =>
        images.narrow(2, place.Top, side).narrow(3, place.Left, side);
}

/// <summary>
/// Every pixel changes by +-epsilon: stripes first, then squares of one sign in each channel, or of the other sign
/// where the image has that square already: a query about what is known would be wasted.
/// </summary>
sealed class LinfSquares(double epsilon) : SquareProposals
{
    public override Tensor Start(Tensor clean, Dice dice)
    {
        using var scope = NewDisposeScope();
        var stripes = dice.Signs(clean, clean.size(0), clean.size(1), 1, clean.size(3));
        return (clean + epsilon * stripes).MoveToOuterDisposeScope();
    }

    public override Tensor Propose(ActiveSet active, int side, long batchSize, Dice dice)
    {
        using var scope = NewDisposeScope();
        var moved = active.Images.clone();
        var place = Place(moved, side, dice);
        var change = 2 * epsilon * dice.Signs(moved, 1, moved.size(1), 1, 1);
        Window(moved, place, side).add_(change);
        moved = active.Ball.Project(moved, active.Clean);
        var same = HostMemory.Index(Same(moved, active.Images), moved.device);
        if (same.size(0) > 0)
        {
            var turned = active.Images.index_select(0, same);
            Window(turned, place, side).sub_(change);
            moved.index_copy_(0, same, turned);
        }
        return moved.MoveToOuterDisposeScope();
    }

    /// <summary>Which of the images are where they were.</summary>
    static int[] Same(Tensor moved, Tensor images)
    {
        if (!HostMemory.Holds(moved, images))
        {
            var changed = HostMemory.ReadFloats(moved.ne(images).flatten(1).any(1));
            return [.. Enumerable.Range(0, changed.Length).Where(i => changed[i] == 0)];
        }
        ReadOnlySpan<float> now = HostMemory.Floats(moved), before = HostMemory.Floats(images);
        var (count, pixels) = ((int)images.size(0), (int)(images.numel() / images.size(0)));
        var same = new List<int>();
        for (var i = 0; i < count; i++)
        {
            if (now.Slice(i * pixels, pixels).SequenceEqual(before.Slice(i * pixels, pixels)))
                same.Add(i);
        }
        GC.KeepAlive(moved);
        return [.. same];
    }
}

/// <summary>
/// The change has the length epsilon: bumps on a grid first, then the budget of one window is moved into a bump in
/// another.
/// </summary>
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
            {
                var bump = Bump(side, dice, clean);
                Window(change, (top, left), side).copy_(bump * dice.Signs(clean, clean.size(0), clean.size(1), 1, 1));
            }
        }
        return (clean + OfLength(change, epsilon)).MoveToOuterDisposeScope();
    }

    public override Tensor Propose(ActiveSet active, int side, long batchSize, Dice dice)
    {
        using var scope = NewDisposeScope();
        // Odd and at least 3, for a bump to have a shape, where the image is as large.
        side = (int)Math.Min(Math.Max(side, 3) | 1, Math.Min(active.Clean.size(2), active.Clean.size(3)));
        var change = active.Images - active.Clean;
        var (here, other) = (Place(change, side, dice), Place(change, side, dice));

        var windows = zeros_like(change);
        Window(windows, here, side).fill_(1);
        Window(windows, other, side).fill_(1);
        var unspent = (epsilon * epsilon - Length(change).square()).clamp(min: 0);
        var budget = (unspent / change.size(1) + LengthInChannels(change * windows).square()).sqrt();

        var signs = active.RowsOfBatch(dice.Signs(change, batchSize, change.size(1), 1, 1));
        var old = Window(change, here, side);
        var bump = Bump(side, dice, change) * signs + old / (LengthInChannels(old) + Tiny);
        Window(change, other, side).fill_(0);
        Window(change, here, side).copy_(bump / (LengthInChannels(bump) + Tiny) * budget);
        return (active.Clean + OfLength(change, epsilon)).MoveToOuterDisposeScope();
    }

    const double Tiny = 1e-12;

    /// <summary>
    /// Two opposite hills side by side, [side, side] of length 1: one above the other, or, half of the time, left and
    /// right.
    /// </summary>
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

    /// <summary>
    /// A hill of length 1 over a rectangle: boxes around its middle, the r-th, of side 2 r - 1, adding 1 / r^2.
    /// </summary>
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
