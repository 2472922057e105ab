using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Fixtures;

/// <summary>Robust accuracy of defenses under attacks of a few steps.</summary>
static class UnderAttack
{
    /// <summary>The share of images that are right clean and under PGD on the margin, Linf.</summary>
    public static double Robust(Classifier classifier, LabeledImages images, double epsilon) =>
        Robust(classifier, images, epsilon, new Pgd { Steps = 20, Loss = AttackLoss.Margin });

    /// <summary>The share of images that are right clean and under an attack, Linf.</summary>
    public static double Robust(Classifier classifier, LabeledImages images, double epsilon, IAttack attack)
    {
        using var scope = NewDisposeScope();
        using var found = attack.Run(
            AttackSurface.FromClassifier(classifier), images.Images, images.Labels, new ThreatModel(Norm.Linf, epsilon),
            new AttackOptions());
        return found.Success.Count(success => !success) / (double)images.Count;
    }
}
