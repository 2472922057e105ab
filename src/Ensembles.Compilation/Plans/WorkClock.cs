using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>The time by which the paths of a plan are compared.</summary>
/// <remarks>
/// With one thread of torch's, on Linux, it is the processor time of the calling thread: what other programs do does
/// not count, and a path's work is all that does. With several threads it is wall-clock time: a plan is then as fast as
/// its work can be shared out, which no sum of processor times shows, and the threads of torch's pool that wait for one
/// another burn processor time of their own. On a GPU the host's processor time says nothing.
/// </remarks>
/// <param name="Words">What is read.</param>
/// <param name="Milliseconds">Reads it.</param>
sealed record WorkClock(string Words, Func<double> Milliseconds)
{
    /// <summary>The clock for plans on a device, with as many threads as torch has now.</summary>
    public static WorkClock For(Device device) =>
        device.type == DeviceType.CUDA ? new("wall-clock time", () =>
        {
            cuda.synchronize();
            return Stopwatch.GetElapsedTime(0).TotalMilliseconds;
        })
        : get_num_threads() is > 1 and var threads ? new($"wall-clock time with {threads} threads", WallClock)
        : CanReadThread() ? new("processor time of the thread", OfThread)
        : new("wall-clock time", WallClock);

    static double WallClock() => Stopwatch.GetElapsedTime(0).TotalMilliseconds;

    static bool CanReadThread()
    {
        try
        {
            return OperatingSystem.IsLinux() && Read(ThreadProcessorTime, out _) == 0;
        }
        catch (Exception exception) when (exception is DllNotFoundException or EntryPointNotFoundException)
        {
            return false;
        }
    }

    static double OfThread()
    {
        _ = Read(ThreadProcessorTime, out var time);
        return (time.Seconds * 1e3) + (time.Nanoseconds / 1e6);
    }

    /// <summary>CLOCK_THREAD_CPUTIME_ID of Linux.</summary>
    const int ThreadProcessorTime = 3;

    [DllImport("libc", EntryPoint = "clock_gettime")]
    static extern int Read(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    readonly struct TimeSpec
    {
        public readonly long Seconds;
        public readonly long Nanoseconds;
    }
}
