using Ensembles;
using Ensembles.App;
using Ensembles.Attacks;
using Ensembles.Data;
using Ensembles.Defenses;
using Ensembles.Training;
using Microsoft.Extensions.DependencyInjection;

namespace QuickStart;

/// <summary>What one run computes: everything that changes a number in its report.</summary>
/// <param name="Data">Where MNIST is; null for the embedded dataset.</param>
/// <param name="Seed">Seed of data, training and attacks.</param>
/// <param name="Budget">How much is computed.</param>
sealed record Settings(DataFolder? Data, int Seed, Budget Budget)
{
    /// <summary>The settings of a command line.</summary>
    /// <exception cref="ArgumentException">Options that exclude each other.</exception>
    /// <exception cref="DatasetException">The data folder is missing.</exception>
    public static Settings From(string? data, bool embedded, bool thorough, int seed)
    {
        if (embedded && data is not null)
            throw new ArgumentException("--embedded and --data exclude each other: leave one out.");
        return new Settings(embedded ? null : DataFolder.Find(data), seed, thorough ? Budget.Long : Budget.Quick);
    }

    /// <summary>The run: data, networks, training, threat and attack.</summary>
    public EnsembleSetup<FiveStrengths> Setup
    {
        get
        {
            var services = Services();
            return new()
            {
                Create = services.GetRequiredService<FiveStrengths>,
                // Generated: the gates first, then the members, each with a checkpoint named after it.
                Train = (ensemble, images, options) => ensemble.Train(images, options),
                Undefended = services.GetRequiredService<UndefendedClassifier>,
                TrainingImages = () => Splits.Training(this),
                ValidationImages = () => Splits.Validation(this),
                TestImages = () => Splits.Test(this),
                Training = new TrainingOptions { Epochs = Budget.Epochs },
                Threat = Threat,
                Epsilons = Data is null ? [0.025, 0.1] : [0.1, 0.2],
                Attacks = [new Pgd { Steps = Budget.Steps, Restarts = Budget.Restarts }],
                Dataset = $"{Dataset}: {Budget.TrainingImages} training images, {Budget.ValidationImages} validation "
                    + $"images, the first {Budget.TestImages} test images",
                ClassNames = Data is null ? TextureShapes.ClassNames : Mnist.ClassNames,
                Command = "dotnet run --project examples/QuickStart -c Release --"
                    + $"{(Data is null ? " --embedded" : " --data <folder>")}"
                    + $"{(Budget == Budget.Long ? " --long" : "")} --seed {Seed}",
                Variant = Path.Combine(
                    "quickstart", $"{(Data is null ? "embedded" : "mnist")}-{Budget.Name}-seed{Seed}"),
            };
        }
    }

    string Dataset => Data is null ? "embedded texture shapes" : "MNIST";

    /// <summary>
    /// What the attacker may change: Linf 0.05 on the embedded dataset, as strong as its textures; 0.3 on MNIST, as in
    /// the literature.
    /// </summary>
    ThreatModel Threat => new(Norm.Linf, Data is null ? 0.05 : 0.3);

    /// <summary>
    /// The radius of adversarial training in Linf: that of the threat on MNIST, and more on the embedded dataset, where
    /// the smaller radius leaves networks that read textures after all.
    /// </summary>
    double TrainingEpsilon => Data is null ? 0.08 : Threat.Epsilon;

    ServiceProvider Services() => new ServiceCollection()
        .AddSingleton<INetworkFactory>(new SmallCnnFactory(channels: 1, imageSize: 28, classes: 10))
        .AddTransient<UndefendedClassifier>()
        .AddTrainedComponents(TrainingEpsilon, Budget.TrainingSteps)
        .AddFiveStrengths()
        .BuildServiceProvider();
}
