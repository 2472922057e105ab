using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Ensembles.CudaCheck;

/// <summary>
/// Counts the calls of CUDA's driver by CUPTI's callbacks. The library comes with CUDA and with Python's torch, which
/// has loaded it.
/// </summary>
sealed unsafe class Cupti : IDisposable
{
    // CUpti_CallbackDomain and CUpti_ApiCallbackSite in cupti_callbacks.h.
    const int DriverApi = 1, Enter = 0;

    readonly nint library;
    readonly nint subscriber;

    Cupti(nint library, nint subscriber) => (this.library, this.subscriber) = (library, subscriber);

    /// <summary>How often each function of the driver was called since it was cleared.</summary>
    public static ConcurrentDictionary<string, int> Counts { get; } = new();

    /// <summary>Begins to count; null with the reason where that is not possible.</summary>
    public static Cupti? Subscribe(out string complaint)
    {
        complaint = "";
        if (!NativeLibrary.TryLoad(Path(), out var library))
        {
            complaint =
                "libcupti.so, NVIDIA's profiling interface, is not loaded by this libtorch and not in the loader's "
                    + "path.";
            return null;
        }

        var subscribe =
            (delegate* unmanaged[Cdecl]<
                nint*, delegate* unmanaged[Cdecl]<void*, int, uint, CallbackData*, void>, void*, int>)
            NativeLibrary.GetExport(library, "cuptiSubscribe");
        var enable =
            (delegate* unmanaged[Cdecl]<uint, nint, int, int>)NativeLibrary.GetExport(library, "cuptiEnableDomain");
        nint subscriber;
        var result = subscribe(&subscriber, &OnCall, null);
        if (result == 0)
            result = enable(1, subscriber, DriverApi);
        if (result == 0)
            return new(library, subscriber);
        complaint =
            $"CUPTI refuses with its error {result}; another profiler may be at work, or counting is not permitted.";
        return null;
    }

    /// <summary>The one that is in the process already, else any.</summary>
    static string Path() =>
        File.ReadLines("/proc/self/maps")
            .Select(line => line.Split(' ')[^1])
            .FirstOrDefault(file => System.IO.Path.GetFileName(file).StartsWith("libcupti", StringComparison.Ordinal))
            ?? "libcupti.so";

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    static void OnCall(void* user, int domain, uint id, CallbackData* data)
    {
        if (data->Site == Enter && Marshal.PtrToStringUTF8(data->FunctionName) is { } name)
            Counts.AddOrUpdate(name, 1, (_, count) => count + 1);
    }

    public void Dispose() =>
        ((delegate* unmanaged[Cdecl]<nint, int>)NativeLibrary.GetExport(library, "cuptiUnsubscribe"))(subscriber);

    /// <summary>The beginning of CUpti_CallbackData.</summary>
    [StructLayout(LayoutKind.Sequential)]
    struct CallbackData
    {
        public int Site;
        public nint FunctionName;
    }
}
