using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// A loss of the vote, blind to gates where an attack follows it alone; <see cref="Apgd"/> and its like pass the gates
/// too.
/// </summary>
public abstract record VoteLoss : AttackLoss
{
    /// <summary>What is to rise for each row of an evaluation, float32 [R], differentiable.</summary>
    public abstract Tensor Value(DefenseEvaluation evaluation);

    /// <inheritdoc/>
    public sealed override RestartLoss ForRestart(AttackSurface surface, Criterion criterion, int restart) =>
        new() { Vote = this };
}
