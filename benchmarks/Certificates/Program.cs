using Ensembles;
using Ensembles.Benchmarks;
using Ensembles.Benchmarks.Certificates;
using Ensembles.Data;
using Ensembles.Defenses;
using static TorchSharp.torch;

// What is proven of networks on MNIST, beside what attacks leave; see README.md. What has a file in the results folder
// is not measured again, and a run that was stopped goes on where it was.
var results = Path.Combine("benchmarks", "Certificates", "results");
switch (Hardware.Choose(args))
{
    case ["table"]:
        Table.Print(results);
        return 0;
    case ["run", var work, .. var names] when DataFolder.Find() is { } data:
        set_num_threads(1);
        Run(data, Directory.CreateDirectory(work).FullName, names);
        return 0;
    default:
        Console.Error.WriteLine(
            $"In the repository's root: run <folder for checkpoints> [rows] [--cuda], with MNIST in the folder "
                + $"that {DataFolder.Variable} names, or table.");
        return 1;
}

void Run(DataFolder data, string work, string[] names)
{
    const double Radius = 0.3;
    const int NoiseEpochs = 6;
    Directory.CreateDirectory(results);
    var training = new Training(data, work);
    var measurement = new Measurement(data, work, results);

    for (var seed = 1; seed <= 3; seed++)
    {
        if (IsWanted($"IBP, seed {seed}"))
            measurement.Proven($"IBP, seed {seed}", Member(training, seed), Radius);
    }

    if (IsWanted("three by IBP, majority"))
        measurement.Proven("three by IBP, majority", Voting<MajorityVote>(training), Radius);
    if (IsWanted("three by IBP, mean logit"))
        measurement.Proven("three by IBP, mean logit", Voting<MeanLogit>(training), Radius);
    foreach (var deviation in new[] { 0.25, 0.5 })
    {
        var name = FormattableString.Invariant($"smoothed, deviation {deviation}");
        if (IsWanted(name))
            measurement.Smoothed(name, training.Of(
                FormattableString.Invariant($"noise-{deviation}"), 1, NoiseEpochs,
                networks => new SmoothedClassifier(networks, deviation)));
    }

    bool IsWanted(string name) => names.Length == 0 || names.Contains(name);
}

static IntervalBoundClassifier Member(Training training, int seed) =>
    training.Of("ibp", seed, epochs: 15, networks => new IntervalBoundClassifier(networks, epsilon: 0.35));

static Components Voting<TRule>(Training training) where TRule : IVotingRule => new(
    [.. Enumerable.Range(1, 3).Select(seed => new Component($"Seed{seed}", Member(training, seed)))],
    VotingRule.From<TRule>(), full(3, 1.0 / 3, dtype: ScalarType.Float32, device: Hardware.Device), quorum: 2);
