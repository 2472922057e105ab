using Ensembles.Onnx.Tests;
using static TorchSharp.torch;

// What the tests are too short for: see benchmarks/README.md.
set_num_threads(1);
return args switch
{
    ["mutants", var folder, var count, var seed] => Mutants(folder, int.Parse(count), int.Parse(seed)),
    ["resnet18", var file] => ResNet18.Compare(file),
    ["attacked", var file, var cifar] => Pretrained.Attack(file, cifar),
    _ => Usage(),
};

static int Mutants(string folder, int count, int seed)
{
    var place = Directory.CreateTempSubdirectory("ensembles-mutants-").FullName;
    try
    {
        var report = MutantRun.Of(Directory.GetFiles(folder, "*.onnx"), seed, count, place);
        foreach (var failure in report.Failures)
            Console.WriteLine(failure);
        Console.WriteLine(
            $"{count} files: {report.Loaded} networks, {report.Refused} refused, {report.Failures.Count} failures; "
                + $"slowest {report.Slowest:F0} ms, most managed memory {report.MostBytes / 1e6:F1} MB");
        return report.Failures.Count == 0 ? 0 : 1;
    }
    finally
    {
        Directory.Delete(place, recursive: true);
    }
}

static int Usage()
{
    Console.WriteLine("""
        mutants FOLDER COUNT SEED    breaks the .onnx files of a folder, and loads what comes of it
        resnet18 FILE                compares Microsoft's ResNet18.onnx with ONNX Runtime
        attacked FILE CIFAR          trains a head of CIFAR-10 on its features, and attacks both
        """);
    return 2;
}
