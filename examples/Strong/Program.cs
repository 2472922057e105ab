using Ensembles;
using Ensembles.Attacks;
using Ensembles.Data;
using Ensembles.Evaluation;
using Ensembles.Numerics;
using Strong;
using static TorchSharp.torch;

// Does any ensemble of six defenses and a detector beat the best of them? Trains them on perturbed images of MNIST;
// "search" searches all ensembles of up to four and prints the winner's declaration, "report" attacks that winner by
// AutoAttack and writes all that is known of it; see README.md.
set_num_threads(1);
if (args is not [("search" or "report") and var command, var folder])
{
    Console.Error.WriteLine(
        "dotnet run --project examples/Strong -c Release -- search|report <folder for checkpoints and results>");
    return 2;
}
if (DataFolder.Find() is not { } data)
{
    Console.Error.WriteLine($"Set {DataFolder.Variable} to the folder that holds mnist/.");
    return 1;
}

var checkpoints = Path.Combine(folder, "checkpoints");
var threat = new ThreatModel(Norm.Linf, Pool.Epsilon);
var progress = new ImmediateProgress<StudyProgress>(StepLines.Write());
using var pool = Pool.Train(data, checkpoints);
using var splits = Splits.Of(data);
if (command == "search")
    Search();
else
    Report();
return 0;

void Search()
{
    var result = new EnsembleSearch
    {
        Classifiers = pool.Classifiers,
        Detectors = [new(nameof(pool.Density), pool.Density)],
        ValidationImages = splits.Validation.Images,
        Images = splits.Chosen,
        HeldOut = splits.HeldOut,
        Threat = threat,
        Attacks = [new Apgd { Restarts = 1 }, new Pgd { Steps = 100 }, new Square { Queries = 1000 }],
        MostMembers = 4,
        MostAttacked = 14,
        Seed = 1,
        ResultsFolder = Path.Combine(folder, "units"),
    }.Run(progress);
    Console.WriteLine(result);
    File.WriteAllText(Path.Combine(folder, "search.md"), $"{result}\n");
}

void Report()
{
    using var undefended = Pool.TrainUndefended(data, checkpoints);
    using var found = new Found(pool.Hardened, pool.Smooth, pool.Coarse);
    found.eval();
    var report = new RobustnessReport
    {
        Title = $"{nameof(Found)}, what a search among six defenses found, on MNIST",
        Dataset = "MNIST: 60000 training images, test images 401 to 1400",
        Command = "dotnet run --project examples/Strong -c Release -- report <folder>",
        Result = new AblationStudy
        {
            Ensemble = found,
            // What the search judged the winner on.
            Images = splits.HeldOut,
            Undefended = undefended,
            Threat = threat,
            Epsilons = [0.1],
            Attacks = [new AutoAttack(), new Pgd { Steps = 100, Restarts = 3 }],
            Seed = 1,
            ResultsFolder = Path.Combine(folder, "study"),
        }.Run(progress),
        ClassNames = Mnist.ClassNames,
    };
    report.Write(Directory.CreateDirectory(Path.Combine(folder, "report")).FullName);
}
