using Ensembles;
using Ensembles.Attacks;
using Ensembles.Data;
using Ensembles.Evaluation;
using Ensembles.Numerics;
using Strong;
using static TorchSharp.torch;

// Does any ensemble of six defenses beat the best of them? Trains the six on perturbed images of MNIST, searches all
// ensembles of up to four, and prints the winner's declaration; see README.md.
set_num_threads(1);
if (args is not [var folder])
{
    Console.Error.WriteLine("dotnet run --project examples/Strong -c Release -- <folder for checkpoints and results>");
    return 2;
}
if (DataFolder.Find() is not { } data)
{
    Console.Error.WriteLine($"Set {DataFolder.Variable} to the folder that holds mnist/.");
    return 1;
}

using var pool = Pool.Train(data, Path.Combine(folder, "checkpoints"));
using var test = data.Mnist(Subset.Test, Limit.First(1400));
var (chosen, heldOut) = test.Split(400);
var result = new EnsembleSearch
{
    Classifiers = pool.All,
    Images = chosen,
    HeldOut = heldOut,
    Threat = new ThreatModel(Norm.Linf, Pool.Epsilon),
    Attacks = [new Apgd { Restarts = 1 }, new Pgd { Steps = 100 }, new Square { Queries = 1000 }],
    MostMembers = 4,
    MostAttacked = 6,
    Seed = 1,
    ResultsFolder = Path.Combine(folder, "units"),
}.Run(new ImmediateProgress<StudyProgress>(StepLines.Write()));
Console.WriteLine(result);
File.WriteAllText(Path.Combine(folder, "search.md"), $"{result}\n");
return 0;
