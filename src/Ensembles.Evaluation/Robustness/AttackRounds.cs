using Ensembles.Attacks;
using static System.FormattableString;

namespace Ensembles.Evaluation;

/// <summary>
/// The check that an attack finds nothing where those of the evaluation found nothing. What it does find counts, and it
/// goes on with more effort until a round breaks next to nothing: a figure that is still falling says nothing.
/// </summary>
/// <param name="defense">The defense with what was found against it.</param>
/// <param name="name">The check's name, on which its random numbers depend.</param>
/// <param name="attack">The attack of the first round; each later one takes its stronger variant.</param>
sealed class AttackRounds(CheckedDefense defense, string name, IAttack attack)
{
    /// <summary>
    /// Images a round begins with, those nearest to falling; the next as many follow while some of them fall.
    /// </summary>
    public const int ImagesAtFirst = 50;

    /// <summary>
    /// Rounds at most: one where numbers are drawn, since images that half of the draws survive fall and rise by luck.
    /// </summary>
    readonly int rounds = defense.IsRandomized ? 1 : 3;

    /// <summary>
    /// The share of all images that an attack may break after those of the evaluation: more, and these were no attempt
    /// to break the defense, whatever else is found.
    /// </summary>
    const double Allowed = 0.05;

    /// <summary>
    /// The same as a share of the images that had fallen before. At a small radius few images can fall at all, and 5 %
    /// of all of them may be half of these: an attack that is blind to every second one would pass.
    /// </summary>
    const double AllowedOfFallen = 0.25;

    /// <summary>The share of all images, but at least one, that the last round may still break.</summary>
    const double AllowedAtLast = 0.01;

    /// <summary>Runs the rounds.</summary>
    public CheckOutcome Run(Survival survived, IProgress<double> progress)
    {
        var count = defense.Images.Count;
        var fallen = Enumerable.Range(0, count).Count(image =>
            !defense.Judge.HasFallen(survived.Lenient[0][image]) && HasFallen(survived, image));
        var allowed = AllowedAfter(fallen);
        var atLast = Math.Max(1, AllowedAtLast * count + 1e-9);
        var (known, found, broken) = (survived.Copy(), new List<JudgedCandidates>(), new List<int>());
        var (standing, names) = (0, new List<string>());
        var current = attack;
        while (broken.Count < rounds && (broken.Count == 0 || broken[^1] > atLast))
        {
            var order = Survivors.NearestFirst(defense, known);
            if (broken.Count == 0)
                standing = order.Length;
            if (order.Length == 0)
                break;
            var part = new ShareOfProgress(progress, (double)broken.Count / rounds, 1.0 / rounds);
            broken.Add(Round(current, broken.Count, order, known, found, part));
            names.Add(current.Name);
            current = current.StrongerVariants.Select(variant => variant.Attack).FirstOrDefault(current);
        }
        if (standing == 0)
            return new CheckOutcome(true, "no image survived it");
        var ended = defense.IsRandomized || broken[^1] <= atLast;
        var passed = broken.Sum() <= allowed && ended;
        return new CheckOutcome(passed, Words(broken, names, standing, fallen, allowed, atLast), found);
    }

    /// <summary>
    /// How many images an attack may break where some had fallen before: one in any case, and where numbers are drawn 5
    /// % of all, since there images fall by luck too.
    /// </summary>
    int AllowedAfter(int fallen)
    {
        var ofAll = Allowed * defense.Images.Count;
        var most = defense.IsRandomized ? ofAll : Math.Min(ofAll, AllowedOfFallen * fallen);
        return Math.Max(1, (int)Math.Floor(most + 1e-9));
    }

    /// <summary>One attack on the survivors; how many it breaks.</summary>
    int Round(
        IAttack by, int round, int[] order, Survival known, List<JudgedCandidates> found, IProgress<double> progress)
    {
        var size = defense.Options.Checks == CheckBudget.Full ? order.Length : ImagesAtFirst;
        var total = 0;
        foreach (var (images, i) in order.Chunk(size).Select((images, i) => (images, i)))
        {
            var part =
                new ShareOfProgress(progress, (double)i * size / order.Length, (double)images.Length / order.Length);
            var broken = Attack(by, images, $"{name}, round {round}, part {i}", known, found, part);
            total += broken;
            if (broken == 0)
                break;
        }
        return total;
    }

    int Attack(
        IAttack by,
        int[] images,
        string purpose,
        Survival known,
        List<JudgedCandidates> found,
        IProgress<double> progress)
    {
        Array.Sort(images);
        var candidates = Attacked(by, images, purpose, progress);
        if (candidates is null)
            return 0;
        var judged = defense.Judge.Try(candidates, known);
        var before = images.Count(image => HasFallen(known, image));
        foreach (var (row, at, lenient, strict) in judged.Outcomes)
            known.Lower(candidates.Indices[row], at, lenient, strict);
        var broken = images.Count(image => HasFallen(known, image)) - before;
        if (judged.Outcomes.Count > 0)
            found.Add(judged);
        else
            candidates.Dispose();
        return broken;
    }

    bool HasFallen(Survival known, int image) =>
        defense.Judge.HasFallen(known.Lenient[known.Level(defense.Threat.Epsilon)][image]);

    /// <summary>
    /// What the attack makes of the images; null if it finds no gradient to follow. If the evaluation's own attack
    /// finds none either, its record says so and the result is invalid.
    /// </summary>
    Candidates? Attacked(IAttack by, int[] images, string purpose, IProgress<double> progress)
    {
        try
        {
            using var some = defense.Images.Select([.. images.Select(image => (long)image)]);
            using var result = by.Run(
                defense.Surface, some.Images, some.Labels, defense.Threat, defense.For(purpose, progress));
            return new Candidates(
                $"{by.Name}, a check: {name}", images, result.Images.detach().clone().DetachFromDisposeScope());
        }
        catch (ZeroGradientException)
        {
            return null;
        }
    }

    string Words(List<int> broken, List<string> names, int standing, int fallen, int allowed, double atLast)
    {
        var first = Invariant($"{names[0]} breaks {broken[0]} of the {standing} images that survived ");
        var more = broken.Zip(names).Skip(1).Select(round => Invariant($"{round.Second} {round.First} more"));
        return first + string.Concat(more.Select(words => $"and {words} "))
            + Invariant($"(at most {allowed} of {defense.Images.Count}, {fallen} of which had fallen before")
            + (defense.IsRandomized ? ")" : Invariant($", and at most {Math.Floor(atLast)} at last)"));
    }
}
