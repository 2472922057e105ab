using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>The device of a plan.</summary>
static class PlanDevice
{
    /// <summary>The device wished for, a GPU with its number: CUDA alone means the first.</summary>
    /// <exception cref="ArgumentException">A GPU that is not there.</exception>
    public static Device Of(Device wish)
    {
        if (wish.type != DeviceType.CUDA)
            return wish;
        if (!cuda.is_available())
            throw new ArgumentException(
                "No CUDA device: this machine has no NVIDIA GPU with a driver, or the program runs on the CPU build of "
                    + "libtorch. An application references TorchSharp-cuda-linux in place of TorchSharp-cpu; "
                    + "this repository is built with -p:EnsemblesCuda=true.",
                "options");
        if (wish.index >= cuda.device_count())
            throw new ArgumentException(
                $"No CUDA device {wish.index}: this machine has {cuda.device_count()}, counted from 0.", "options");
        return wish.index < 0 ? new Device(DeviceType.CUDA, 0) : wish;
    }
}
