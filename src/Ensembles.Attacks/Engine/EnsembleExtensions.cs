using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>What is done to a whole ensemble with the help of attacks.</summary>
public static class EnsembleExtensions
{
    /// <summary>
    /// Fits the numbers of an ensemble's voting rule on validation images, clean and attacked: each member alone,
    /// behind the fronts, for itself. See <see cref="Ensemble.FitVote"/>.
    /// </summary>
    /// <param name="ensemble">Its members are trained, and in evaluation mode.</param>
    /// <param name="validation">Clean images used neither in training nor in a test.</param>
    /// <param name="attack">How members are attacked.</param>
    /// <param name="threat">What the attacker may change.</param>
    /// <param name="options">Seed, batch size, progress, cancellation.</param>
    /// <exception cref="ArgumentException">No images, or images that a part of the ensemble was fitted to.</exception>
    /// <exception cref="InvalidOperationException">A voting rule that has nothing to fit.</exception>
    public static void FitVote(
        this Ensemble ensemble, LabeledImages validation, IAttack attack, ThreatModel threat,
        AttackOptions? options = null)
    {
        using var scope = NewDisposeScope();
        Tensor Attacked(int member) => attack.Run(
            ensemble.Surface.Alone(member), validation.Images, validation.Labels, threat, options ?? new()).Images;
        var members = ensemble.Components.Vote is null ? 0 : ensemble.Members.Count;
        ensemble.FitVote(validation, [.. Enumerable.Range(0, members).Select(Attacked)]);
    }
}
