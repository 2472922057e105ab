using Ensembles.Attacks;

namespace Ensembles.Evaluation;

/// <summary>
/// Checks of the attack on the whole, after the checklist of Carlini et al. 2019: what it left standing, a weaker or a longer attack
/// must not break either, and with no bound on the perturbation no more than chance may stand.
/// </summary>
static class AttackChecks
{
    /// <summary>Images the unbounded attack is tried on.</summary>
    const int UnboundedImages = 50;

    /// <summary>Steps PGD takes there.</summary>
    const int UnboundedSteps = 100;

    /// <summary>The share of all images another attack may still break: random starts differ, and images are few.</summary>
    const double Allowed = 0.05;

    public static IReadOnlyList<SanityCheck> Of(AblationStudy study, EvaluationRun run, Defender whole, IProgress<double> progress)
    {
        var attack = study.Attacks[0];
        var survived = whole.Replay.Flags(Objective.Misclassify, study.Threat.Epsilon);
        long[] survivors = [.. Enumerable.Range(0, survived.Length).Where(i => survived[i]).Select(i => (long)i)];
        SanityCheck LeavesNothingTo(string words, IAttack other) => AttackChecks.LeavesNothingTo(words, other, study, run, whole, survivors);

        Func<SanityCheck>[] checks =
        [
            () => LeavesNothingTo("one step of the gradient", new Fgsm()),
            () => LeavesNothingTo("noise", new UniformNoise { Tries = 20 }),
            .. attack is not Pgd pgd ? Array.Empty<Func<SanityCheck>>() :
            [
                () => LeavesNothingTo("twice the steps", pgd with { Steps = 2 * pgd.Steps }),
                () => LeavesNothingTo("twice the restarts", pgd with { Restarts = 2 * pgd.Restarts }),
            ],
            () => FallsToChance(attack, study, run, whole),
        ];
        return [.. checks.Select((check, i) =>
        {
            var found = check();
            progress.Report((i + 1.0) / checks.Length);
            return found;
        })];
    }

    static SanityCheck LeavesNothingTo(string words, IAttack attack, AblationStudy study, EvaluationRun run, Defender whole, long[] survivors)
    {
        var name = $"the attack leaves nothing to {words}";
        if (survivors.Length == 0)
            return new SanityCheck(name, true, "no image survived it");
        using var images = study.Images.Select(survivors);
        var broken = Broken(attack, whole.Surface, images, study.Threat, run, name);
        return new SanityCheck(name, broken <= Allowed * study.Images.Count + 1e-9,
            FormattableString.Invariant($"{attack.Name} breaks {broken} of the {survivors.Length} images that survived (at most {100 * Allowed:0}% of {study.Images.Count})"));
    }

    /// <summary>With the whole range of a pixel every image can be turned into any other.</summary>
    /// <remarks>
    /// PGD goes there in many small steps from the clean image, unless its step size is fixed: a gate rejects the noise that large random
    /// starts and large steps lead to, and gives no way back.
    /// </remarks>
    static SanityCheck FallsToChance(IAttack attack, AblationStudy study, EvaluationRun run, Defender whole)
    {
        using var images = study.Images.Take(UnboundedImages);
        var pixels = images.Images.numel() / images.Count;
        var everything = new ThreatModel(study.Threat.Norm, study.Threat.Norm switch
        {
            Norm.Linf => 1,
            Norm.L2 => Math.Sqrt(pixels),
            _ => pixels,
        });
        if (attack is Pgd { StepSize: null } pgd)
            attack = pgd with { RandomStart = false, Steps = UnboundedSteps, StepSize = everything.Epsilon / UnboundedSteps };
        var standing = 1 - (double)Broken(attack, whole.Surface, images, everything, run, "unbounded") / images.Count;
        var chance = 1.0 / study.Images.ClassCount;
        return new SanityCheck("an unbounded attack leaves no more than chance", standing <= chance + Allowed + 1e-9,
            FormattableString.Invariant($"{Wording.Percent(standing)} of {images.Count} images stand at {everything}; chance is {Wording.Percent(chance)}"));
    }

    static int Broken(IAttack attack, AttackSurface surface, LabeledImages images, ThreatModel threat, EvaluationRun run, string purpose)
    {
        try
        {
            using var result = attack.Run(surface, images.Images, images.Labels, threat, new AttackRun
            {
                Seed = StableSeed.Of(run.Seed, purpose),
                BatchSize = run.BatchSize,
                Cancellation = run.Cancellation,
            });
            return result.Success.Count(success => success);
        }
        catch (ZeroGradientException)
        {
            // Where the study's own attack finds no gradient either, its record says so and the study is invalid.
            return 0;
        }
    }
}
