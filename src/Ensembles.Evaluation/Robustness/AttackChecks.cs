using Ensembles.Attacks;

namespace Ensembles.Evaluation;

/// <summary>
/// Checks of the attacks on a defense, after the checklist of Carlini et al. 2019 ("On evaluating adversarial
/// robustness"). The images that survive the attacks must also survive a weaker attack, a longer one, one that follows
/// no gradient, one that sees labels alone, one that shows whole grey levels alone, of several members one made for
/// ensembles, and the strongest one there is; gradients must lead where they point, be derivatives, and leave no jump
/// where a decision changes; an unbounded perturbation must leave no more accuracy than chance; a randomised defense
/// must fall once its draws are known; and the decision on an image must not depend on its neighbours. Whatever a check
/// breaks counts as broken.
/// </summary>
static class AttackChecks
{
    /// <summary>Images from which a step is taken along each gradient and against it.</summary>
    const int DirectionImages = 50;

    /// <summary>Queries of the search that follows no gradient.</summary>
    const int Queries = 200;

    /// <summary>
    /// The same where gradients are a surrogate's, which may be far from what it stands for, and answers do not vary.
    /// </summary>
    const int QueriesBesideSurrogates = 1000;

    /// <summary>
    /// Classes up to which an attack that follows the boundary of each of them costs what a check may cost.
    /// </summary>
    const int ClassesFollowedAtOnce = 20;

    /// <summary>The checks, those first that find trouble for little.</summary>
    public static IReadOnlyList<AttackCheck> List(CheckedDefense defense)
    {
        if (defense.Options.Checks == CheckBudget.None)
            return [];
        var unbounded = new UnboundedChecks(defense);
        return
        [
            new("the test images are distinct", (_, _) => DistinctImages.Run(defense.Images)),
            defense.IsRandomized
                ? new("a defense that draws is judged in several draws", (_, _) => IsJudgedInSeveralDraws(defense))
                : new("the decision on an image does not depend on its batch", (_, _) => BatchCheck.Run(defense)),
            new("a step along each gradient leads where it points", (_, _) => GradientsLeadWhereTheyPoint(defense)),
            new("gradients are derivatives of what the defense computes",
                (_, _) => DerivativeCheck.Run(defense.Surface, defense.Images, defense.Threat, defense.Options)),
            new("logits do not jump where a decision changes",
                (_, _) => ContinuityCheck.Run(defense.Surface, defense.Images, defense.Threat, defense.Options)),
            .. OtherAttacks(defense)
                .Where(other => other.Attack.Norms.Contains(defense.Threat.Norm))
                .Select(other => LeavesNothingTo(defense, other.Words, other.Attack)),
            new("an unbounded attack leaves no more than chance",
                (_, progress) => unbounded.FallsToChance(progress)),
            .. defense.IsRandomized
                ? [new("an unbounded attack that knows the draws leaves no more than chance",
                    (_, progress) => unbounded.FallsWithKnownDraws(progress))]
                : Array.Empty<AttackCheck>(),
        ];
    }

    static CheckOutcome IsJudgedInSeveralDraws(CheckedDefense defense) => new(
        defense.Judge.Draws > 1,
        $"{Wording.Count(defense.Judge.Draws, "draw")} for each image; what survives one may fall in the next: "
        + $"{nameof(EvaluationOptions)}.{nameof(EvaluationOptions.Draws)} sets how many");

    static AttackCheck LeavesNothingTo(CheckedDefense defense, string words, IAttack attack)
    {
        var name = $"the attack leaves nothing to {words}";
        var rounds = new AttackRounds(defense, name, attack);
        return new AttackCheck(name, (survived, progress) =>
        {
            var outcome = rounds.Run(survived, progress);
            return outcome.Passed || !FollowsNoGradient(attack)
                ? outcome
                : outcome with { Finding = outcome.Finding + Suspects(defense) };
        });
    }

    static bool FollowsNoGradient(IAttack attack) =>
        attack is UniformNoise or GaussianNoise or Square or HopSkipJump;

    /// <summary>Modules whose gradient is that of a surrogate: where the fault is, if gradients mislead.</summary>
    static string Suspects(CheckedDefense defense)
    {
        string[] surrogates = [.. Surrogates(defense)];
        return surrogates.Length == 0
            ? ". It asks for no gradient, so the gradients hide something"
            : $". It asks for no gradient, so the surrogate of {string.Join(" or ", surrogates)} leads attacks astray: "
            + "give it one nearer to what it stands for";
    }

    static IEnumerable<string> Surrogates(CheckedDefense defense) => defense.Surface.Modules
        .Where(module => module is INonDifferentiable)
        .Select(module => module.GetType().Name)
        .Distinct();

    /// <summary>Attacks that should break nothing more, with the words for them in a check's name.</summary>
    static IEnumerable<(string Words, IAttack Attack)> OtherAttacks(CheckedDefense defense)
    {
        yield return ("one step of the gradient", new Fgsm());
        yield return ("noise", new UniformNoise { Tries = 20 });
        yield return ("Gaussian noise", new GaussianNoise { Tries = 20 });
        yield return ("a search without a gradient", new Square
        {
            Queries = Surrogates(defense).Any() && !defense.IsRandomized ? QueriesBesideSurrogates : Queries,
        });
        // Labels that change with every draw tell it nothing.
        if (!defense.IsRandomized)
            yield return ("a search that sees labels alone", new HopSkipJump { Steps = 5, FirstQueries = 20 });
        if (GreyLevels.Apply(defense.Images.Images, defense.Threat))
            yield return ("images of whole grey levels", new GreyLevels(new Pgd { Steps = 20, Restarts = 3 }));
        foreach (var attack in defense.Attacks)
        {
            foreach (var (words, longer) in Affordable(attack, defense.Images.ClassCount))
                yield return (defense.Attacks.Count == 1 ? words : $"{attack.Name} with {words}", longer);
        }
        if (defense.Surface.Members.Count > 1)
            yield return ("an attack made for ensembles", ForEnsembles(defense));
        if (Strongest(defense) is { } strongest)
            yield return ("the strongest attack on such a defense", strongest);
    }

    /// <summary>
    /// The attack's stronger variants; with many classes without those that follow the boundary of every class at every
    /// step.
    /// </summary>
    static IEnumerable<(string Words, IAttack Attack)> Affordable(IAttack attack, int classes) =>
        classes <= ClassesFollowedAtOnce
            ? attack.StrongerVariants
            : attack.StrongerVariants.Where(variant =>
                variant.Attack is not (Fab or AutoAttack { Version: AutoAttackVersion.Plus }));

    /// <summary>
    /// What finds most where others have found nothing: steps towards each of the likeliest wrong classes for one
    /// classifier; for a vote, behind gates and where numbers are drawn, steps after each of the adaptive losses. Null
    /// where it would cost many times the attacks themselves, whose own stronger variants are tried in any case.
    /// </summary>
    static IAttack? Strongest(CheckedDefense defense) => defense switch
    {
        { IsRandomized: true, Options.Checks: CheckBudget.Quick } => null,
        { IsRandomized: true } or { Surface.Members.Count: > 1 } or { Surface.Gates.Count: > 0 } =>
            new Pgd { Restarts = 6 },
        { Threat.Norm: Norm.L1 } => new MultiTargeted { Targets = 9 },
        { Options.Checks: CheckBudget.Full } => new AutoAttack(),
        _ => new ApgdTargeted { Steps = 50 },
    };

    /// <summary>
    /// <see cref="Mora"/>, of 275 steps an image in the first round, of 80 where each is taken over several draws; of
    /// its own 1,700 where everything is checked.
    /// </summary>
    static Mora ForEnsembles(CheckedDefense defense) => defense switch
    {
        { Options.Checks: CheckBudget.Full } => new Mora(),
        { IsRandomized: true } => new Mora { Steps = 10, Targets = 0 },
        _ => new Mora { Steps = 25, Targets = 3 },
    };

    static CheckOutcome GradientsLeadWhereTheyPoint(CheckedDefense defense)
    {
        using var first = defense.Images.Take(DirectionImages);
        return DirectionCheck.Run(defense.Surface, first, defense.Threat, defense.Options);
    }
}
