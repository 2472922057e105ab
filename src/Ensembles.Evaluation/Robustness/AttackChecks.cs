using Ensembles.Attacks;

namespace Ensembles.Evaluation;

/// <summary>
/// Checks of the attacks on a defense, after the checklist of Carlini et al. 2019 ("On evaluating adversarial robustness"): what they left standing, a
/// weaker, a longer or a blind attack must not break either, nor one that sees labels alone; gradients must lead where they point; with no bound on the perturbation no more than chance may stand; and a defense that
/// draws random numbers must fall once they are known.
/// </summary>
/// <param name="surface">The defense.</param>
/// <param name="images">The test images.</param>
/// <param name="threat">What the attacker may change.</param>
/// <param name="attacks">The attacks it was evaluated by.</param>
/// <param name="survival">What it survived of them.</param>
/// <param name="options">Seed, batch size, cancellation.</param>
sealed class AttackChecks(AttackSurface surface, LabeledImages images, ThreatModel threat, IReadOnlyList<IAttack> attacks, Survival survival, EvaluationOptions options)
{
    /// <summary>Images the unbounded attack is tried on.</summary>
    const int UnboundedImages = 50;

    /// <summary>Steps PGD takes there.</summary>
    const int UnboundedSteps = 100;

    /// <summary>Images from which a step is taken along each gradient and against it.</summary>
    const int DirectionImages = 50;

    /// <summary>Queries of the search that asks for no gradient.</summary>
    const int Queries = 200;

    /// <summary>Images attacked one by one with the defense's draws known.</summary>
    const int KnownDrawsImages = 12;

    /// <summary>The share of all images another attack may still break: random starts differ, and images are few.</summary>
    const double Allowed = 0.05;

    /// <summary>Runs the checks.</summary>
    public IReadOnlyList<SanityCheck> Run(IProgress<double>? progress)
    {
        var longer = attacks.SelectMany(attack => attack.Longer.Select(more => (Words: attacks.Count == 1 ? more.Words : $"{attack.Name} with {more.Words}", more.Attack)));
        (string Words, IAttack Attack)[] others =
        [
            ("one step of the gradient", new Fgsm()), ("noise", new UniformNoise { Tries = 20 }), ("Gaussian noise", new GaussianNoise { Tries = 20 }),
            ("a search without a gradient", new Square { Queries = Queries }),
            // Labels that change with every draw tell it nothing.
            .. survival.Draws > 1 ? [] : new (string, IAttack)[] { ("a search that sees labels alone", new HopSkipJump { Steps = 5, FirstQueries = 20 }) },
            .. longer,
        ];
        Func<SanityCheck>[] checks =
        [
            .. others.Where(other => other.Attack.Norms.Contains(threat.Norm)).Select(other => (Func<SanityCheck>)(() => LeavesNothingTo(other.Words, other.Attack))),
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

    SanityCheck LeavesNothingTo(string words, IAttack attack)
    {
        var name = $"the attack leaves nothing to {words}";
        var survived = survival.Flags(Criterion.Misclassified, threat.Epsilon);
        long[] survivors = [.. Enumerable.Range(0, survived.Length).Where(i => survived[i]).Select(i => (long)i)];
        if (survivors.Length == 0)
            return new SanityCheck(name, true, "no image survived it");
        using var standing = images.Select(survivors);
        var broken = Broken(attack, surface, standing, threat, name);
        return new SanityCheck(name, broken <= Allowed * images.Count + 1e-9,
            FormattableString.Invariant($"{attack.Name} breaks {broken} of the {survivors.Length} images that survived (at most {100 * Allowed:0}% of {images.Count})"));
    }

    SanityCheck GradientsLeadWhereTheyPoint()
    {
        using var first = images.Take(DirectionImages);
        return DirectionCheck.Run(surface, first, threat, options);
    }

    /// <summary>With the whole range of a pixel every image can be turned into any other.</summary>
    SanityCheck FallsToChance()
    {
        using var first = images.Take(UnboundedImages);
        var (attack, everything) = Unbounded();
        var standing = 1 - (double)Broken(attack, surface, first, everything, "unbounded") / first.Count;
        var chance = 1.0 / images.ClassCount;
        return new SanityCheck("an unbounded attack leaves no more than chance", standing <= chance + Allowed + 1e-9,
            FormattableString.Invariant($"{Wording.Percent(standing)} of {first.Count} images stand at {everything}; chance is {Wording.Percent(chance)}"));
    }

    /// <summary>What stands against an unbounded attack that knows every draw is kept by something else than chance, and that hides from the attack.</summary>
    /// <remarks>One image at a time, since a draw depends on the place in a batch.</remarks>
    SanityCheck FallsWithKnownDraws()
    {
        using var first = images.Take(KnownDrawsImages);
        var (attack, everything) = Unbounded();
        var known = new KnownDraws(surface, StableSeed.Of(options.Seed, "known draws"));
        var standing = first.Count - Broken(attack, known, first, everything, "known draws", batchSize: 1);
        var allowed = (int)Math.Ceiling(first.Count / (double)images.ClassCount);
        return new SanityCheck("an unbounded attack that knows the draws leaves no more than chance", standing <= allowed,
            $"{standing} of {first.Count} images stand at {everything} with the draws of the defense fixed; {allowed} may by chance");
    }

    /// <remarks>
    /// PGD goes there in many small steps from the clean image, unless its step size is fixed: a gate rejects the noise that large random
    /// starts and large steps lead to, and gives no way back.
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
        return attacks[0] is Pgd { StepSize: null } pgd
            ? (pgd with { RandomStart = false, Steps = UnboundedSteps, StepSize = everything.Epsilon / UnboundedSteps }, everything)
            : (attacks[0], everything);
    }

    /// <summary>The images an attack breaks, by the exact decision and not by its word alone.</summary>
    int Broken(IAttack attack, AttackSurface attacked, LabeledImages on, ThreatModel under, string purpose, int? batchSize = null)
    {
        var asRun = options with { BatchSize = batchSize ?? options.BatchSize };
        var draws = attacked.Modules.Any(Draws.IsRandomized) ? survival.Draws : 1;
        try
        {
            using var result = attack.Run(attacked, on.Images, on.Labels, under, new AttackOptions
            {
                Seed = StableSeed.Of(options.Seed, purpose),
                BatchSize = asRun.BatchSize,
                Cancellation = options.Cancellation,
            });
            using var cpu = on.Labels.cpu();
            var labels = cpu.data<long>().ToArray();
            var decided = ExactDecision.Labels(attacked, result.Images, draws, StableSeed.Of(options.Seed, purpose, "judged"), asRun);
            return Enumerable.Range(0, labels.Length).Count(i =>
                result.Success[i] && 2 * decided.Count(draw => draw[i] != labels[i] && draw[i] != Decision.Reject) > draws);
        }
        catch (ZeroGradientException)
        {
            // Where the evaluation's own attack finds no gradient either, its record says so and the result is invalid.
            return 0;
        }
    }
}
