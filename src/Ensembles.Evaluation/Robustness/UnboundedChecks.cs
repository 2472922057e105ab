using Ensembles.Attacks;

namespace Ensembles.Evaluation;

/// <summary>
/// If every pixel may take any value, every image can be turned into any other: what survives that owes it to something
/// that hides from the attack, and the same may protect it inside the threat model.
/// </summary>
/// <param name="defense">The defense.</param>
sealed class UnboundedChecks(CheckedDefense defense)
{
    /// <summary>Images on which the unbounded attack is tried.</summary>
    const int Images = 50;

    /// <summary>Images attacked one by one with the defense's draws known.</summary>
    const int KnownDrawsImages = 12;

    /// <summary>Steps PGD takes there.</summary>
    const int Steps = 100;

    /// <summary>
    /// Restarts PGD takes there against a vote or behind gates, which follow one of several losses each.
    /// </summary>
    const int Restarts = 6;

    /// <summary>What may be left beyond chance, a share of the images.</summary>
    const double Allowed = 0.05;

    readonly EvaluationOptions options = defense.Options;

    /// <summary>An unbounded attack leaves no more than chance.</summary>
    public CheckOutcome FallsToChance(IProgress<double> progress)
    {
        using var first = defense.Images.Take(Images);
        var (attack, everything) = Unbounded();
        var standing =
            1 - (double)CountBroken(attack, defense.Surface, first, everything, "unbounded", progress) / first.Count;
        var chance = 1.0 / defense.Images.ClassCount;
        return new CheckOutcome(
            standing <= chance + Allowed + 1e-9,
            $"{Wording.Percent(standing)} of {first.Count} images stand at {everything}; "
            + $"chance is {Wording.Percent(chance)}");
    }

    /// <summary>An unbounded attack that knows the draws leaves no more than chance.</summary>
    /// <remarks>One image at a time, since a draw depends on the place in a batch.</remarks>
    public CheckOutcome FallsWithKnownDraws(IProgress<double> progress)
    {
        using var first = defense.Images.Take(KnownDrawsImages);
        var (attack, everything) = Unbounded();
        var known = new KnownDraws(defense.Surface, Seeds.Of(options.Seed, "known draws"));
        var standing =
            first.Count - CountBroken(attack, known, first, everything, "known draws", progress, batchSize: 1);
        var allowed = (int)Math.Ceiling(first.Count / (double)defense.Images.ClassCount);
        return new CheckOutcome(
            standing <= allowed,
            $"{standing} of {first.Count} images stand at {everything} with the draws of the defense fixed; "
            + $"chance allows {allowed}");
    }

    /// <summary>The first attack, with a radius at which any image can become any other.</summary>
    /// <remarks>
    /// Unless its step size is fixed, PGD goes there in many small steps from the clean image: a gate rejects the noise
    /// that large random starts and large steps lead to, and offers no way back.
    /// </remarks>
    (IAttack Attack, ThreatModel Everything) Unbounded()
    {
        var (norm, pixels) = (defense.Threat.Norm, defense.Images.Images.numel() / defense.Images.Count);
        var everything = new ThreatModel(norm, norm.Diameter(pixels));
        if (defense.Attacks[0] is not Pgd { StepSize: null } pgd)
            return (defense.Attacks[0], everything);
        var decides = defense.Surface.Members.Count > 1 || defense.Surface.Gates.Count > 0;
        return (
            pgd with
            {
                RandomStart = false,
                Steps = Steps,
                StepSize = everything.Epsilon / Steps,
                Restarts = decides ? Math.Max(pgd.Restarts, Restarts) : pgd.Restarts,
            },
            everything);
    }

    /// <summary>
    /// Counts the images that an attack breaks according to the exact decision, not only to its own claim.
    /// </summary>
    int CountBroken(
        IAttack attack,
        AttackSurface attacked,
        LabeledImages on,
        ThreatModel under,
        string purpose,
        IProgress<double> progress,
        int? batchSize = null)
    {
        var judging = options with { BatchSize = batchSize ?? options.BatchSize };
        var draws = attacked.Modules.Any(Draws.IsRandomized) ? defense.Judge.Draws : 1;
        try
        {
            using var result = attack.Run(
                attacked, on.Images, on.Labels, under,
                defense.For(purpose, progress) with { BatchSize = judging.BatchSize });
            var labels = HostMemory.ReadLongs(on.Labels);
            var seed = Seeds.Of(options.Seed, purpose, "judged");
            var decided = Judge.Decide(attacked, result.Images, draws, seed, judging);
            bool IsMisled(int i) =>
                2 * decided.Count(draw => draw[i] != labels[i] && draw[i] != Decision.Reject) > draws;
            return Enumerable.Range(0, labels.Length).Count(i => result.Success[i] && IsMisled(i));
        }
        catch (ZeroGradientException)
        {
            // If the evaluation's own attack finds no gradient either, its record says so and the result is invalid.
            return 0;
        }
    }
}
