using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>Random numbers from a seed, whatever drew before.</summary>
sealed class Dice(long seed)
{
    long draws;

    /// <summary>An integer in [0, <paramref name="end"/>).</summary>
    public long Below(long end) => Seeds.Of(seed, ++draws) % end;

    /// <summary>A tensor of -1 and 1.</summary>
    public Tensor Signs(Tensor like, params long[] shape)
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator((ulong)Seeds.Of(seed, ++draws));
        var uniform = HostMemory.ReadFloats(rand(shape, generator: generator));
        float[] signs = [.. uniform.Select(u => u < 0.5f ? 1f : -1f)];
        return tensor(signs, shape, device: like.device).MoveToOuterDisposeScope();
    }
}
