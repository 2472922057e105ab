using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Ensembles;

/// <summary>
/// One bit for each of a vector's sixteen values: what a backward pass has to know of a forward pass.
/// </summary>
static class LaneMarks
{
    static readonly Vector512<int> lanes = Vector512.Create(
        1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768);

    /// <summary>The bits of a comparison's result.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ushort Of(Vector512<float> comparison) => (ushort)comparison.ExtractMostSignificantBits();

    /// <summary>The values whose bits are set, 0 for the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Keep(Vector512<float> values, ushort marks) =>
        Vector512.Equals(Vector512.Create((int)marks) & lanes, lanes).AsSingle() & values;
}
