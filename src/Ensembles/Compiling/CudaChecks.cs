using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Says what is wrong with a wish for a GPU.</summary>
static class CudaChecks
{
    /// <summary>Throws for a CUDA device that is not there.</summary>
    /// <exception cref="ArgumentException">No such device.</exception>
    public static void ThrowIfMissing(Device device)
    {
        if (device.type != DeviceType.CUDA)
            return;
        if (!cuda.is_available())
            throw new ArgumentException("No CUDA device: this machine has no NVIDIA GPU with a driver, or the program runs on the CPU build of libtorch. An application references TorchSharp-cuda-linux in place of TorchSharp-cpu; this repository is built with -p:EnsemblesCuda=true.", "options");
        if (device.index >= cuda.device_count())
            throw new ArgumentException($"No CUDA device {device.index}: this machine has {cuda.device_count()}, counted from 0.", "options");
    }
}
