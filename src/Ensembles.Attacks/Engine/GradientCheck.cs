using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>Finds members an attack would be blind to, before the first step.</summary>
static class GradientCheck
{
    /// <summary>What a user can do about a gradient that is zero.</summary>
    public const string Advice =
        "A part that rounds, thresholds, quantises or takes an argmax needs a stand-in: implement INonDifferentiable "
        + "on it and compose it with call(images), not forward(images), so that the surrogate's gradient takes part.";

    /// <summary>
    /// Throws when a member's logits have a zero gradient on all the clean images, and on as many images of noise: the
    /// members with a gradient would hide it, and the ensemble would seem to gain from it.
    /// </summary>
    /// <exception cref="ZeroGradientException">Names the members.</exception>
    public static void ThrowIfMemberHasNone(DefenseUnderAttack defense, AttackBatch batch)
    {
        using var scope = NewDisposeScope();
        var blind = BlindMembers(defense, batch.CleanEvaluation ?? Evaluate(defense, batch.Clean, batch));
        if (blind.Length == 0)
            return;
        using var generator = new Generator(0);
        var noise = rand(batch.Clean.shape, generator: generator).to(batch.Clean.device);
        blind = [.. blind.Intersect(BlindMembers(defense, Evaluate(defense, noise, batch)))];
        if (blind.Length == 0 || HaveOneAtAHigherTemperature(blind, defense, batch))
            return;

        var modules = defense.Surface.Modules;
        string[] surrogates = [.. modules.Where(m => m is INonDifferentiable).Select(m => m.GetType().Name).Distinct()];
        throw new ZeroGradientException(
            $"The gradient of {string.Join(" and ", blind.Select(b => $"member {b}"))} with respect to the images is "
            + "zero on every image: the gradient is masked, or the logits do not depend on the image. "
            + $"{Advice} Surrogates this defense declares: "
            + $"{(surrogates.Length == 0 ? "none" : string.Join(", ", surrogates))}.");
    }

    /// <summary>Whether members have saturated and mask nothing: their images will be attacked that way.</summary>
    static bool HaveOneAtAHigherTemperature(string[] members, DefenseUnderAttack defense, AttackBatch batch)
    {
        if (defense.Heat(batch.Clean, batch.Criterion) is not { } warm || !warm.Contains(true))
            return false;
        using var exact = defense.EvaluateItself(batch.Clean, draws: 1, seed: 0);
        var leaf = batch.Clean.detach().requires_grad_(true);
        var heated = defense.EvaluateHeated(leaf, exact, draws: 1, seed: 0);
        var blind = BlindMembers(defense, new DefenseEvaluation(heated, leaf, batch.Criterion, draws: 1));
        defense.Cool();
        return !blind.Intersect(members).Any();
    }

    static DefenseEvaluation Evaluate(DefenseUnderAttack defense, Tensor images, AttackBatch batch)
    {
        var leaf = images.detach().clone().requires_grad_(true);
        return new DefenseEvaluation(defense.EvaluateItself(leaf, draws: 1, seed: 0), leaf, batch.Criterion, draws: 1);
    }

    static string[] BlindMembers(DefenseUnderAttack defense, DefenseEvaluation here)
    {
        using var scope = NewDisposeScope();
        return [.. defense.Surface.Members.Where((_, m) =>
        {
            // The logits' margin has a gradient where probabilities and cross-entropy have saturated.
            defense.Gradient(Margins.Lead(here.Output.MemberLogits[m], here.Labels), here, out var largest);
            return !largest.Any(size => size > 0);
        })];
    }
}
