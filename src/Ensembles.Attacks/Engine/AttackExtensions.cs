using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks;

/// <summary>Attacks on plain classifiers.</summary>
public static class AttackExtensions
{
    /// <summary>Attacks a classifier alone, any module from images [N, C, H, W] to logits [N, K].</summary>
    /// <inheritdoc cref="IAttack.Run"/>
    public static AttackResult Run(
        this IAttack attack, Module<Tensor, Tensor> classifier, Tensor images, Tensor labels, ThreatModel threat,
        AttackOptions? options = null) =>
        attack.Run(AttackSurface.FromClassifier(classifier), images, labels, threat, options ?? new AttackOptions());
}
