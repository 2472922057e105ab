using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>Signs that AutoAttack's figure is not to be trusted alone, looked for on clean images.</summary>
static class AutoAttackFlags
{
    const double Alike = 1e-4;
    const double SumsToOne = 1e-5;

    /// <summary>The flags of a defense.</summary>
    public static IReadOnlyList<string> Find(
        AttackSurface surface, Tensor images, Tensor labels, AutoAttackVersion version, AttackOptions options)
    {
        using var ordinaryTensors = inference_mode(false);
        using var scope = NewDisposeScope();
        using var defense = new DefenseUnderAttack(surface, AttackAccess.Gradients, options.BatchSize);
        var flags = new List<string>();
        images = images.detach().clone();
        Tensor ScoresOf(int draw) => defense.EvaluateItself(images, draws: 1, Seeds.Of(options.Seed, draw)).Scores;
        Tensor[] outputs = [.. Enumerable.Range(0, 5).Select(ScoresOf)];

        var lengths = outputs[0].square().sum(1).sqrt() + 1e-10;
        var random = outputs.Any(o => Length(o - outputs[0]).div(lengths).gt(Alike).any().item<bool>());
        if (random && version != AutoAttackVersion.Rand)
            flags.Add(
                "The defense draws random numbers: use AutoAttackVersion.Rand too, and let its random modules be "
                + "IRandomized.");
        if (random && !defense.Randomized)
            flags.Add(
                "The defense draws random numbers and no module of it is IRandomized, so gradients were not averaged "
                + "and successes not confirmed on fresh draws.");

        var one = outputs[0];
        var sumsToOne = (one.sum(1) - 1).abs().lt(SumsToOne).all().item<bool>();
        if (surface.Members.Count == 1 && one.ge(-SumsToOne).all().item<bool>() && sumsToOne)
            flags.Add(
                "The classifier returns probabilities, whose gradient vanishes where it is sure: attack its logits.");
        if (one.size(1) < 4)
            flags.Add(
                $"With {one.size(1)} classes the logit ratios of APGD-DLR and APGD-T are not defined as published; "
                + "what is left of them was followed.");

        var blind = WithoutGradient(defense, images, labels.narrow(0, 0, images.size(0)));
        if (blind > 0)
            flags.Add(
                $"The vote's margin has a gradient of zero on {blind} of the first {images.size(0)} clean images.");
        if (surface.Members.Count > 1 || surface.Gates.Count > 0)
            flags.Add(AutoAttack.AdaptiveIsMissing);
        return flags;
    }

    static Tensor Length(Tensor scores) => scores.square().sum(1).sqrt();

    static long WithoutGradient(DefenseUnderAttack defense, Tensor images, Tensor labels)
    {
        using var graphs = enable_grad();
        var leaf = images.clone().requires_grad_(true);
        var output = defense.EvaluateItself(leaf, draws: 1, seed: 0);
        var margins = Margins.Of(output.Scores, labels.to(images.device));
        defense.Gradient(margins, leaf, draws: 1, out var largest).Dispose();
        return largest.Count(size => size == 0);
    }
}
