using System.Globalization;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.CudaCheck;

/// <summary>What a decision asks of CUDA: launches of kernels, copies, and waits of the host.</summary>
static class DriverCalls
{
    const int Batch = 32;
    const int Calls = 10;

    public static void Print(CompileOptions options)
    {
        using var cupti = Cupti.Subscribe(out var complaint);
        if (cupti is null)
        {
            Console.WriteLine($"Not counted: {complaint}");
            return;
        }

        Console.WriteLine($"| five members, batch {Batch} | launches | copies | waits of the host |");
        Console.WriteLine("|---|---|---|---|");
        foreach (var (name, make) in Checks.Measured)
        {
            manual_seed(1);
            using var ensemble = make();
            ensemble.to(options.Device!);
            using var fromHost = rand(Batch, 1, 28, 28);
            using var images = fromHost.to(options.Device!);
            Print($"{name}: the ensemble", () => ensemble.call(images));
            foreach (var plan in TwoPlans.Of(ensemble, options))
            {
                Print($"{name}: plan, {TwoPlans.Members(plan)}", () => plan.Decide(images));
                Print($"{name}: plan, {TwoPlans.Members(plan)}, images from the host", () => plan.Decide(fromHost));
                plan.Dispose();
            }
        }
    }

    static void Print(string what, Func<Decision> decide)
    {
        using var noGrad = no_grad();
        for (var i = 0; i < Calls; i++)
            decide().Dispose();
        cuda.synchronize();
        Cupti.Counts.Clear();
        for (var i = 0; i < Calls; i++)
            decide().Dispose();
        var counts = Cupti.Counts.ToArray();
        Console.WriteLine(
            string.Create(
                CultureInfo.InvariantCulture,
                $"| {what} | {Of("LaunchKernel")} | {Of("Memcpy")} | {Of("Synchronize")} |"));

        double Of(string part) =>
            counts
                .Where(count => count.Key.Contains(part, StringComparison.Ordinal))
                .Sum(count => count.Value) / (double)Calls;
    }
}
