namespace Ensembles.CudaCheck;

/// <summary>Lets Python measure the same networks and the same vote, where it has torch.</summary>
static class TorchCompile
{
    const string Script = """
        import math, sys, time, torch
        from torch import nn


        class Five(nn.Module):
            def __init__(self, norm):
                super().__init__()
                self.members = nn.ModuleList(self.network(norm) for _ in range(5))

            @staticmethod
            def network(norm):
                norms = [[nn.BatchNorm2d(c)] if norm else [] for c in (16, 32)]
                return nn.Sequential(
                    nn.Conv2d(1, 16, 3, padding=1), *norms[0], nn.ReLU(),
                    nn.Conv2d(16, 32, 3, padding=1), *norms[1], nn.ReLU(),
                    nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32 * 14 * 14, 10))

            def forward(self, images):
                logits = torch.stack([member(images).float() for member in self.members])
                scores = torch.logsumexp(logits.log_softmax(-1), 0) - math.log(5)
                labels = scores.argmax(-1).masked_fill(scores.isnan().any(-1), -1)
                return scores, labels, logits


        def median(call):
            times = []
            for i in range(10):
                call()
            torch.cuda.synchronize()
            start = time.perf_counter()
            while len(times) < 5 or time.perf_counter() - start < 0.5:
                before = time.perf_counter()
                call()
                torch.cuda.synchronize()
                times.append((time.perf_counter() - before) * 1e3)
            return sorted(times)[len(times) // 2]


        print("| five members | batch | eager | torch.compile | reduce-overhead | reduce-overhead, bfloat16 |")
        print("|---|---|---|---|---|---|")
        with torch.inference_mode():
            for name, norm in (("conv16-conv32-pool", False), ("conv16-norm-conv32-norm-pool", True)):
                for batch in map(int, sys.argv[1:]):
                    torch._dynamo.reset()
                    images = torch.rand(batch, 1, 28, 28, device="cuda")
                    model = Five(norm).eval().cuda()
                    times = [median(lambda: model(images))]
                    for options in ({}, {"mode": "reduce-overhead"}):
                        compiled = torch.compile(model, dynamic=False, **options)
                        times.append(median(lambda: compiled(images)))
                    half, small = model.bfloat16(), images.bfloat16()
                    compiled = torch.compile(half, dynamic=False, mode="reduce-overhead")
                    times.append(median(lambda: compiled(small)))
                    print("| %s | %d | %s |" % (name, batch, " | ".join("%.3f" % t for t in times)), flush=True)
        """;

    public static void Print()
    {
        if (Python.TorchFolder() is null)
        {
            Console.WriteLine("Not measured: there is no python3 with torch.");
            return;
        }

        var file = Path.Combine(Path.GetTempPath(), $"torch-compile-{Environment.ProcessId}.py");
        File.WriteAllText(file, Script);
        try
        {
            var (exitCode, output) = Python.Run([file, .. Throughput.Batches.Select(batch => $"{batch}")])!.Value;
            Console.Write(output);
            if (exitCode != 0)
                Console.WriteLine($"Python ended with {exitCode}: what it said is on the error stream.");
        }
        finally
        {
            File.Delete(file);
        }
    }
}
