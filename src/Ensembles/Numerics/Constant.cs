using System.Collections.Concurrent;
using TorchSharp;

namespace Ensembles.Numerics;

/// <summary>
/// Numbers for tensor operations that live as long as the process: <c>x.sub(Constant.Of(0.5))</c> in place of
/// <c>x - 0.5</c>.
/// </summary>
/// <remarks>
/// Of a number TorchSharp makes a <see cref="Scalar"/> that nothing holds once the operation has begun. Where another
/// thread collects garbage at that moment it is freed while the operation still reads it, which fails with "Unknown
/// scalar type" or worse. <c>x + y</c> has one as well, its factor: <c>x.add(y, Constant.Of(1))</c>. A process in which
/// one thread alone allocates never sees that; a service does.
/// </remarks>
public static class Constant
{
    static readonly ConcurrentDictionary<double, Scalar> numbers = [];
    static readonly ConcurrentDictionary<long, Scalar> integers = [];

    /// <summary>A number; meant for few different ones, since each is kept.</summary>
    public static Scalar Of(double value) => numbers.GetOrAdd(value, static number => number);

    /// <summary>An integer; meant for few different ones, since each is kept.</summary>
    public static Scalar Of(long value) => integers.GetOrAdd(value, static number => number);
}
