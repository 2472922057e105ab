using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Fixtures;

/// <summary>How many images a classifier gets right under an attack.</summary>
static class Strength
{
    /// <summary>Twenty steps on the margin, which cross-entropy that rounds to 0 does not hide.</summary>
    public static Pgd Pgd { get; } = new() { Steps = 20, Loss = AttackLoss.Margin };

    /// <summary>The share of images that are right when clean and under the attack.</summary>
    public static double Under(
        IAttack attack,
        nn.Module<Tensor, Tensor> classifier,
        LabeledImages images,
        double epsilon,
        Norm norm = Norm.Linf)
    {
        using var scope = NewDisposeScope();
        using var clean = no_grad();
        var right = classifier.call(images.Images).argmax(1).eq(images.Labels);
        var found = attack.Run(classifier, images.Images, images.Labels, new ThreatModel(norm, epsilon));
        var stillRight = classifier.call(found.Images).argmax(1).eq(images.Labels);
        return (right & stillRight).to_type(ScalarType.Float64).mean().item<double>();
    }
}
