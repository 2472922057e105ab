using Ensembles.Attacks;
using static System.FormattableString;

namespace Ensembles.Evaluation;

/// <summary>
/// Checks of the attacks on a defense, after the checklist of Carlini et al. 2019 ("On evaluating adversarial
/// robustness"). The images that survive the attacks must also survive a weaker attack, a longer one, one that follows
/// no gradient and one that sees labels alone; gradients must lead where they point; an unbounded perturbation must
/// leave no more accuracy than chance; and a randomised defense must fall once its draws are known.
/// </summary>
/// <param name="surface">The defense.</param>
/// <param name="images">The test images.</param>
/// <param name="threat">What the attacker may change.</param>
/// <param name="attacks">The attacks the defense was evaluated with.</param>
/// <param name="survival">What it survived of them.</param>
/// <param name="options">Seed, batch size, cancellation.</param>
sealed class AttackChecks(
    AttackSurface surface,
    LabeledImages images,
    ThreatModel threat,
    IReadOnlyList<IAttack> attacks,
    Survival survival,
    EvaluationOptions options)
{
    /// <summary>Images on which the unbounded attack is tried.</summary>
    const int UnboundedImages = 50;

    /// <summary>Steps PGD takes there.</summary>
    const int UnboundedSteps = 100;

    /// <summary>Images from which a step is taken along each gradient and against it.</summary>
    const int DirectionImages = 50;

    /// <summary>Queries of the search that follows no gradient.</summary>
    const int Queries = 200;

    /// <summary>Images attacked one by one with the defense's draws known.</summary>
    const int KnownDrawsImages = 12;

    /// <summary>
    /// The share of all images another attack may still break: random starts differ, and images are few.
    /// </summary>
    const double Allowed = 0.05;

    /// <summary>Runs the checks.</summary>
    public IReadOnlyList<SanityCheck> Run(IProgress<double>? progress)
    {
        Func<SanityCheck>[] checks =
        [
            .. OtherAttacks()
                .Where(other => other.Attack.Norms.Contains(threat.Norm))
                .Select(other => (Func<SanityCheck>)(() => LeavesNothingTo(other.Words, other.Attack))),
            GradientsLeadWhereTheyPoint,
            FallsToChance,
            .. survival.Draws > 1 ? [FallsWithKnownDraws] : Array.Empty<Func<SanityCheck>>(),
        ];
        return [.. checks.Select((check, i) =>
        {
            var found = check();
            progress?.Report((i + 1.0) / checks.Length);
            return found;
        })];
    }

    /// <summary>Attacks that should break nothing more, with the words for them in a check's name.</summary>
    IEnumerable<(string Words, IAttack Attack)> OtherAttacks()
    {
        yield return ("one step of the gradient", new Fgsm());
        yield return ("noise", new UniformNoise { Tries = 20 });
        yield return ("Gaussian noise", new GaussianNoise { Tries = 20 });
        yield return ("a search without a gradient", new Square { Queries = Queries });
        // Labels that change with every draw tell it nothing.
        if (survival.Draws == 1)
            yield return ("a search that sees labels alone", new HopSkipJump { Steps = 5, FirstQueries = 20 });
        foreach (var attack in attacks)
        {
            foreach (var (words, longer) in attack.StrongerVariants)
                yield return (attacks.Count == 1 ? words : $"{attack.Name} with {words}", longer);
        }
    }

    SanityCheck LeavesNothingTo(string words, IAttack attack)
    {
        var name = $"the attack leaves nothing to {words}";
        var survived = survival.Flags(Criterion.Misclassified, threat.Epsilon);
        long[] survivors = [.. Enumerable.Range(0, survived.Length).Where(i => survived[i]).Select(i => (long)i)];
        if (survivors.Length == 0)
            return new SanityCheck(name, true, "no image survived it");
        using var standing = images.Select(survivors);
        var broken = CountBroken(attack, surface, standing, threat, name);
        return new SanityCheck(name, broken <= Allowed * images.Count + 1e-9,
            Invariant($"{attack.Name} breaks {broken} of the {survivors.Length} images that survived ")
            + Invariant($"(at most {100 * Allowed:0}% of {images.Count})"));
    }

    SanityCheck GradientsLeadWhereTheyPoint()
    {
        using var first = images.Take(DirectionImages);
        return DirectionCheck.Run(surface, first, threat, options);
    }

    /// <summary>If every pixel may take any value, every image can be turned into any other.</summary>
    SanityCheck FallsToChance()
    {
        using var first = images.Take(UnboundedImages);
        var (attack, everything) = Unbounded();
        var standing = 1 - (double)CountBroken(attack, surface, first, everything, "unbounded") / first.Count;
        var chance = 1.0 / images.ClassCount;
        return new SanityCheck(
            "an unbounded attack leaves no more than chance",
            standing <= chance + Allowed + 1e-9,
            $"{Wording.Percent(standing)} of {first.Count} images stand at {everything}; "
            + $"chance is {Wording.Percent(chance)}");
    }

    /// <summary>
    /// What survives an unbounded attack that knows every draw owes it to something other than chance, which hides from
    /// the attack.
    /// </summary>
    /// <remarks>One image at a time, since a draw depends on the place in a batch.</remarks>
    SanityCheck FallsWithKnownDraws()
    {
        using var first = images.Take(KnownDrawsImages);
        var (attack, everything) = Unbounded();
        var known = new KnownDraws(surface, Seeds.Of(options.Seed, "known draws"));
        var standing = first.Count - CountBroken(attack, known, first, everything, "known draws", batchSize: 1);
        var allowed = (int)Math.Ceiling(first.Count / (double)images.ClassCount);
        return new SanityCheck(
            "an unbounded attack that knows the draws leaves no more than chance",
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
        var pixels = images.Images.numel() / images.Count;
        var everything = new ThreatModel(threat.Norm, threat.Norm switch
        {
            Norm.Linf => 1,
            Norm.L2 => Math.Sqrt(pixels),
            _ => pixels,
        });
        if (attacks[0] is not Pgd { StepSize: null } pgd)
            return (attacks[0], everything);
        var stepSize = everything.Epsilon / UnboundedSteps;
        return (pgd with { RandomStart = false, Steps = UnboundedSteps, StepSize = stepSize }, everything);
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
        int? batchSize = null)
    {
        var judging = options with { BatchSize = batchSize ?? options.BatchSize };
        var draws = attacked.Modules.Any(Draws.IsRandomized) ? survival.Draws : 1;
        try
        {
            using var result = attack.Run(attacked, on.Images, on.Labels, under, new AttackOptions
            {
                Seed = Seeds.Of(options.Seed, purpose),
                BatchSize = judging.BatchSize,
                Cancellation = options.Cancellation,
            });
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
