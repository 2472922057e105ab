using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Fakes;

/// <summary>
/// Moves every image in a given way, and says of every image that it succeeded; randomised defenses it may leave to
/// another attack.
/// </summary>
sealed class MoveAttack(string name, Func<Tensor, ThreatModel, Tensor> move) : IAttack
{
    // A field: properties are the attack's hyperparameters.
    public IAttack? OnRandomized;

    public string Name => name;

    public IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    public AttackResult Run(
        AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        if (OnRandomized is not null && surface.EotSamples > 1)
            return OnRandomized.Run(surface, images, labels, threat, options);
        using var scope = NewDisposeScope();
        var count = (int)images.size(0);
        return new AttackResult(
            move(images, threat).clamp(0, 1).DetachFromDisposeScope(),
            Enumerable.Repeat(true, count).ToArray(),
            new double[count],
            count,
            0);
    }
}

/// <summary>Finds no gradient.</summary>
sealed class BlindAttack : IAttack
{
    public string Name => "Blind";

    public IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    public AttackResult Run(
        AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options) =>
        throw new ZeroGradientException("The gradient is zero on every image.");
}

/// <summary>Finds what <see cref="CornerAttack"/> finds, and has a doubt about it.</summary>
sealed class DoubtfulAttack : IAttack
{
    public const string Doubt = "Only the <vote> was followed.";

    public string Name => "Doubtful";

    public IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    public AttackResult Run(
        AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options) =>
        new CornerAttack().Run(surface, images, labels, threat, options) with { Warnings = [Doubt] };
}
