using Ensembles.Benchmarks;
using static TorchSharp.torch;

namespace Ensembles.CudaCheck;

/// <summary>All checks, in order: the CPU's, then, where there is a GPU, its own.</summary>
static class Checks
{
    /// <summary>Prints them; whether every decision was as it should be.</summary>
    public static bool Run()
    {
        var options = new CompileOptions(1, 28, 28);
        Console.WriteLine("\n## Scripted votes on the CPU, against the ensemble\n");
        var isRight = Parity.OfRules(options with { ScriptOnCpu = true, Choices = PlanChoices.Default });
        Console.WriteLine("\n## Plans on the CPU, against the ensemble\n");
        isRight &= Parity.OfNetworks(
            options with { ScriptOnCpu = true, Choices = PlanChoices.Default with { OneScript = true } },
            Precision.Float32);
        if (!cuda.is_available())
        {
            Console.WriteLine(
                "\nNo CUDA device was found, so nothing was checked on one: "
                    + "this libtorch is built for the CPU, or the machine has no NVIDIA GPU with a driver.");
            return isRight;
        }

        options = options with { Device = CUDA };
        Console.WriteLine(
            $"\n## Scripted votes on CUDA ({cuda.device_count()} devices, the first is used), against the ensemble on "
                + "the CPU\n");
        isRight &= Parity.OfRules(options);
        Console.WriteLine("\n## Plans on CUDA, against the ensemble on the CPU\n");
        isRight &= Parity.OfNetworks(options, Precision.Float32, Precision.BFloat16, Precision.Float16);
        Console.WriteLine("\n## Milliseconds a batch\n");
        Throughput.Print(options);
        Console.WriteLine("\n## The same networks in torch.compile\n");
        TorchCompile.Print();
        // Last: it looks into the driver's calls, and what goes wrong there is not this program's to catch.
        Console.WriteLine("\n## Driver calls a batch\n");
        DriverCalls.Print(options);
        return isRight;
    }

    /// <summary>The networks that are measured.</summary>
    public static IEnumerable<(string Name, Func<Ensemble> Make)> Measured =>
        Given.Ensembles.Where(given => given.Name is "conv16-conv32-pool" or "conv16-norm-conv32-norm-pool");
}
