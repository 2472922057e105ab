using Ensembles;
using Ensembles.Attacks;
using Ensembles.Defenses;
using Ensembles.Evaluation;
using Ensembles.Training;

namespace Certified;

/// <summary>Trains the ensemble, attacks it and certifies it.</summary>
/// <param name="training">Training images.</param>
/// <param name="test">Test images.</param>
/// <param name="networks">Makes the members' networks.</param>
/// <param name="epochs">Epochs of each member.</param>
public sealed class Workflow(LabeledImages training, LabeledImages test, INetworkFactory networks, int epochs)
{
    /// <summary>The radius of the headline in Linf, and others for the curves.</summary>
    public const double Radius = 0.03;

    /// <summary>Radii besides the headline's.</summary>
    public static readonly double[] Radii = [0.01, 0.02, 0.05];

    /// <summary>The ensemble, trained and in evaluation mode.</summary>
    public Trusted Train()
    {
        var ensemble = new Trusted(
            new UndefendedClassifier(networks),
            new PgdAdversarialClassifier(networks, epsilon: 0.05, steps: 5),
            new IntervalBoundClassifier(networks, epsilon: 0.03));
        ensemble.Train(training, new TrainingOptions { Seed = 1, Epochs = epochs });
        ensemble.eval();
        return ensemble;
    }

    /// <summary>What attacks leave, with what is proven beside it.</summary>
    /// <param name="ensemble">The trained ensemble.</param>
    /// <param name="folder">Where finished parts are kept; null for nowhere.</param>
    public AblationResult Run(Trusted ensemble, string? folder = null) => new AblationStudy
    {
        Ensemble = ensemble,
        Images = test,
        Threat = new ThreatModel(Norm.Linf, Radius),
        Epsilons = Radii,
        Attacks = [new Pgd { Steps = 20, Restarts = 3 }],
        // Linear bounds of the last layer alone; of every layer they prove more, and take many times longer.
        Certify = images => ensemble.Certify(
            images, new EnsembleCertifier(new CrownBounds { LayerWidth = 0 }) { LargestRadius = 0.1 }).Lenient,
        Seed = 1,
        ResultsFolder = folder,
    }.Run();
}
