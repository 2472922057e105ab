using Ensembles;
using Ensembles.Attacks;
using Ensembles.Data;
using Ensembles.Defenses;
using Ensembles.Training;
using Ensembles.Xunit;
using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace QuickStart.Tests;

/// <summary>
/// The paper's example under an adaptive attack, on the embedded dataset at a small budget. All members are trained on
/// perturbed images, so each could be left out. That is stated, as a user would state it: the generated tests then
/// assert only that nothing does harm, and the report says so.
/// </summary>
[AblationSuite<FiveStrengths>]
[MayAddNothing(nameof(FiveStrengths), "Its best member alone keeps about as many images.")]
[MayAddNothing(nameof(FiveStrengths.Uncertainty), "An attack that knows the detector passes it.")]
[MayAddNothing(nameof(FiveStrengths.Transfer), "The others, trained on perturbed images too, hold without it.")]
[MayAddNothing(nameof(FiveStrengths.Pruned), "Pruning at random masks gradients; what holds is its training.")]
[MayAddNothing(nameof(FiveStrengths.Compact), "The others, trained on perturbed images too, hold without it.")]
[MayAddNothing(nameof(FiveStrengths.Edges), "The others, trained on perturbed images too, hold without it.")]
[MayNotShow<IntraClassCompactness>(
    nameof(FiveStrengths.Compact), "Trained on perturbed images for a few epochs, its classes stay spread out.")]
public partial class FiveStrengthsAblation
{
    /// <summary>The seed of the initial weights and of training.</summary>
    public static int TrainingSeed { get; set; } = 1;

    /// <summary>How many images are attacked.</summary>
    public static int TestImages { get; set; } = 40;

    protected override AblationSetup<FiveStrengths> Setup()
    {
        set_num_threads(1);
        random.manual_seed(TrainingSeed);
        var data = new TextureShapes();
        using var training = data.Generate(3000, seed: 11);
        var validation = data.Generate(500, seed: 12);
        // The ensemble lives as long as its provider, which the suite keeps until the process ends.
        var services = new ServiceCollection()
            .AddTransient<UndefendedClassifier>()
            .AddSingleton<INetworkFactory>(new SmallCnnFactory(channels: 1, imageSize: TextureShapes.Size, classes: 10))
            .AddTrainedComponents(epsilon: 0.08, steps: 3)
            .AddFiveStrengths()
            .BuildServiceProvider();
        var ensemble = services.GetRequiredService<FiveStrengths>();
        var undefended = services.GetRequiredService<UndefendedClassifier>();
        var options = new TrainingOptions
        {
            Seed = TrainingSeed,
            Epochs = 4,
            CheckpointPath = CacheFolder,
            CheckpointIsCache = true,
        };
        ensemble.Train(training, options);
        undefended.Train(training, options.For("Undefended"));
        ensemble.eval();
        undefended.eval();
        // The gate's dropout masks must not depend on whether the weights were in the cache.
        random.manual_seed(TrainingSeed);
        ensemble.CalibrateGates(validation.Images);
        return new AblationSetup<FiveStrengths>
        {
            Ensemble = ensemble,
            Validation = validation,
            Undefended = undefended,
            Test = data.Generate(TestImages, seed: 13),
            Threat = new ThreatModel(Norm.Linf, 0.05),
            Attack = new Pgd { Steps = 20 },
            CleanAccuracyFloor = 0.8,
            Seed = 1,
        };
    }
}
