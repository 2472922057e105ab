using TorchSharp;

namespace QuickStart;

static class Devices
{
    /// <summary>The device named on the command line.</summary>
    /// <exception cref="ArgumentException">CUDA was asked for and cannot be used.</exception>
    public static torch.Device Of(string name)
    {
        if (name == "cuda" && !torch.cuda.is_available())
            throw new ArgumentException(
                "--device cuda: no CUDA GPU can be used. Build with -p:EnsemblesCuda=true on a machine with an "
                + "NVIDIA GPU, or use --device cpu.");
        return torch.device(name);
    }
}
