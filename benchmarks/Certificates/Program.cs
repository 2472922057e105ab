using Ensembles;
using Ensembles.Benchmarks.Certificates;
using Ensembles.Data;
using Ensembles.Defenses;
using static TorchSharp.torch;

// What is proven of networks on MNIST, beside what attacks leave; see README.md. What has a file in the results folder
// is not measured again, and a run that was stopped goes on where it was.
var results = Path.Combine("benchmarks", "Certificates", "results");
switch (args)
{
    case ["table"]:
        Table.Print(results);
        return 0;
    case ["run", var work] when DataFolder.Find() is { } data:
        set_num_threads(1);
        Run(data, Directory.CreateDirectory(work).FullName);
        return 0;
    default:
        Console.Error.WriteLine(
            $"In the repository's root: run <folder for checkpoints>, with MNIST in the folder that "
                + $"{DataFolder.Variable} names, or table.");
        return 1;
}

void Run(DataFolder data, string work)
{
    const double Radius = 0.3;
    const int Epochs = 15, NoiseEpochs = 6;
    Directory.CreateDirectory(results);
    var training = new Training(data, work);
    var measurement = new Measurement(data, work, results);

    var members = new List<IntervalBoundClassifier>();
    for (var seed = 1; seed <= 3; seed++)
    {
        var member = training.Of("ibp", seed, Epochs, networks => new IntervalBoundClassifier(networks, epsilon: 0.35));
        measurement.Proven($"IBP, seed {seed}", member, Radius);
        members.Add(member);
    }

    measurement.Proven("three by IBP, majority", Voting<MajorityVote>(members), Radius);
    measurement.Proven("three by IBP, mean logit", Voting<MeanLogit>(members), Radius);
    foreach (var deviation in new[] { 0.25, 0.5 })
    {
        var smoothed = training.Of(
            FormattableString.Invariant($"noise-{deviation}"), 1, NoiseEpochs,
            networks => new SmoothedClassifier(networks, deviation));
        measurement.Smoothed(FormattableString.Invariant($"smoothed, deviation {deviation}"), smoothed);
    }
}

static Components Voting<TRule>(IReadOnlyList<IntervalBoundClassifier> members) where TRule : IVotingRule => new(
    [.. members.Select((member, i) => new Component($"Seed{i + 1}", member))], VotingRule.From<TRule>(),
    full(members.Count, 1.0 / members.Count, dtype: ScalarType.Float32), quorum: 2);
