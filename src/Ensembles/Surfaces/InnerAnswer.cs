using static TorchSharp.torch;

namespace Ensembles;

/// <summary>What an ensemble says as a member of another, about N images.</summary>
/// <param name="Logits">What it votes with, float32 [N, K].</param>
/// <param name="Abstains">Where it abstains, bool [N].</param>
/// <param name="MemberLogits">Logits of its members, float32 [M, N, K].</param>
/// <param name="GateScores">Scores of its gates, float32 [G, N].</param>
public sealed record InnerAnswer(Tensor Logits, Tensor Abstains, Tensor MemberLogits, Tensor GateScores)
{
    /// <summary>Asks an ensemble.</summary>
    /// <param name="ensemble">Who decides there, and how.</param>
    /// <param name="images">What the members see, [N, C, H, W]: images, or what fronts make of them.</param>
    /// <returns>What it says, in the dispose scope around.</returns>
    /// <exception cref="InvalidOperationException">A gate that is not calibrated.</exception>
    public static InnerAnswer Of(Components ensemble, Tensor images)
    {
        ensemble.ThrowIfUncalibrated();

        using var scope = NewDisposeScope();
        var (logits, gateScores) = ensemble.Ask(images, (component, seen) => Draws.Answer(component.Module, seen));
        var rule = ensemble.Rule;
        var (scores, labels) = rule.Decide(logits, gateScores);
        return new InnerAnswer(
            rule.Voting.Logits(scores).alias().MoveToOuterDisposeScope(),
            Abstention.Where(scores, labels).MoveToOuterDisposeScope(),
            logits.MoveToOuterDisposeScope(),
            gateScores.MoveToOuterDisposeScope());
    }
}
