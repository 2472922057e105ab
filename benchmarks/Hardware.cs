using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Benchmarks;

/// <summary>What a figure was measured on.</summary>
static class Hardware
{
    /// <summary>Where networks and images lie: the CPU, or the first GPU.</summary>
    public static Device Device { get; private set; } = CPU;

    /// <summary>
    /// How many images are attacked together: a GPU takes a step with a thousand in hardly more time than with one.
    /// </summary>
    public static int BatchSize => Device.type == DeviceType.CUDA ? 1000 : 500;

    /// <summary>
    /// The arguments without <c>--cuda</c>, which makes the first GPU the device. Sums there are of full precision too:
    /// with TF32 two batches of one image differ by a thousandth, which hides what an attack and its checks look for.
    /// </summary>
    /// <exception cref="InvalidOperationException">There is no GPU that libtorch can use.</exception>
    public static string[] Choose(string[] arguments)
    {
        if (!arguments.Contains("--cuda"))
            return arguments;
        if (!cuda.is_available())
            throw new InvalidOperationException("--cuda: libtorch finds no GPU here.");
        backends.cudnn.allow_tf32 = false;
        backends.cuda.matmul.allow_tf32 = false;
        Device = CUDA;
        return [.. arguments.Where(argument => argument != "--cuda")];
    }

    /// <summary>
    /// The name that Linux gives the processor, and its model number, which virtual machines leave it; of a GPU the
    /// name that its driver gives.
    /// </summary>
    public static string Name() => Device.type == DeviceType.CUDA ? Gpu() : Processor();

    static string Processor()
    {
        var lines = Lines("/proc/cpuinfo");
        return $"{Of(lines, "model name")}, family {Of(lines, "cpu family")}, model {Of(lines, "model")}";
    }

    static string Gpu()
    {
        const string Driver = "/proc/driver/nvidia/gpus";
        var first = Directory.Exists(Driver) ? Directory.GetDirectories(Driver).Order().FirstOrDefault() : null;
        return first is null ? "unknown GPU" : Of(Lines(Path.Combine(first, "information")), "Model");
    }

    static string[] Lines(string file) => Path.Exists(file) ? File.ReadAllLines(file) : [];

    static string Of(string[] lines, string name) => lines
        .Select(line => line.Split(':', 2, StringSplitOptions.TrimEntries))
        .FirstOrDefault(parts => parts[0] == name)?[1] ?? "unknown";
}
