using Ensembles;
using Ensembles.Attacks;
using Ensembles.Data;
using Ensembles.Defenses;
using Ensembles.Xunit;
using Microsoft.Extensions.DependencyInjection;
using static TorchSharp.torch;

namespace QuickStart.Tests;

/// <summary>
/// The paper's example under an adaptive attack, on the embedded dataset at a small budget. What does not add is stated, as a user
/// would state it: the generated tests then assert that it does no harm, and the report says so.
/// </summary>
[AblationSuite<FiveStrengths>]
[MayAddNothing(nameof(FiveStrengths), "A mean of probabilities follows its undefended majority: the edge network alone survives more.")]
[MayAddNothing(nameof(FiveStrengths.Uncertainty), "One joint loss passes the vote and the detector together [5].")]
[MayAddNothing(nameof(FiveStrengths.Transfer), "Ensemble adversarial training guards against transferred images; this attack is white-box [34].")]
[MayAddNothing(nameof(FiveStrengths.Pruned), "Stochastic pruning falls to an average over draws [1].")]
[MayAddNothing(nameof(FiveStrengths.Compact), "Center loss compacts the features of the texture, which the attack replaces.")]
[MayAddNothing(nameof(FiveStrengths.Edges), "One vote in four, and the attack need not win it.")]
public partial class FiveStrengthsAblation
{
    protected override AblationSetup<FiveStrengths> Setup()
    {
        set_num_threads(1);
        random.manual_seed(1);
        var data = new TextureShapes();
        using var training = data.Generate(3000, seed: 11);
        var validation = data.Generate(500, seed: 12);
        // The ensemble lives as long as its provider, which the suite keeps until the process ends.
        var services = new ServiceCollection()
            .AddSingleton<INetworkFactory>(new SmallCnnFactory(channels: 1, imageSize: TextureShapes.Size, classes: 10))
            .AddFiveStrengths()
            .BuildServiceProvider();
        var ensemble = services.GetRequiredService<FiveStrengths>();
        foreach (var defense in ensemble.Gates.Select(g => (ITrainable)g.Module).Concat(ensemble.Members.Select(m => (ITrainable)m.Module)))
            defense.Train(training, new TrainingRun { Seed = 1, Epochs = 4 });
        ensemble.eval();
        ensemble.CalibrateGates(validation.Images);
        return new AblationSetup<FiveStrengths>
        {
            Ensemble = ensemble,
            Validation = validation,
            Test = data.Generate(60, seed: 13),
            Threat = new ThreatModel(Norm.Linf, 0.025),
            Attack = new Pgd { Steps = 10, Restarts = 4 },
            Seed = 1,
        };
    }
}
