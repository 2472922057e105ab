using Ensembles.Evaluation;
using static System.FormattableString;

namespace Ensembles.Benchmarks.Defenses;

/// <summary>The outcomes of a results folder as a table.</summary>
static class Table
{
    public static void Print(Setting setting, string folder)
    {
        var radii = setting.Radii.Select(radius => Invariant($"{radius:0.####}")).ToList();
        Console.WriteLine(
            $"| method | seeds | clean | {string.Join(" | ", radii.Select(r => $"AutoAttack, {r} | worst, {r}"))} "
                + "| valid | literature |");
        Console.WriteLine($"|---|---|---|{string.Concat(radii.Select(_ => "---|---|"))}---|---|");
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.json") : [];
        foreach (var method in Method.All)
        {
            var outcomes = files
                .Select(file => Outcome.Read<Outcome>(file)!)
                .Where(outcome => outcome.Method == method.Name)
                .OrderBy(outcome => outcome.Seed)
                .ToList();
            if (outcomes.Count > 0)
                Console.WriteLine(Row(setting, method, outcomes));
        }
    }

    static string Row(Setting setting, Method method, List<Outcome> outcomes)
    {
        var at = setting.Radii.SelectMany((_, i) => new[]
        {
            Share(outcomes, outcome => outcome.Radii[i].AutoAttack),
            Share(outcomes, outcome => outcome.Radii[i].Worst),
        });
        var invalid = outcomes.Count(outcome => outcome.Radii.Any(radius => radius.Invalid.Count > 0));
        string[] cells =
        [
            method.Name,
            string.Join(", ", outcomes.Select(outcome => outcome.Seed)),
            Share(outcomes, outcome => outcome.Clean),
            .. at,
            invalid == 0 ? "yes" : $"no: {invalid} of {outcomes.Count}",
            // What is reported on MNIST says nothing about other images.
            setting != Setting.Mnist && method.Literature.StartsWith("MNIST", StringComparison.Ordinal)
                ? ""
                : method.Literature,
        ];
        return $"| {string.Join(" | ", cells)} |";
    }

    /// <summary>
    /// The mean over seeds. The interval is that of one seed's images around the mean, widened to hold every seed.
    /// </summary>
    static string Share(List<Outcome> outcomes, Func<Outcome, int> right)
    {
        var shares = outcomes.ConvertAll(outcome => right(outcome) / (double)outcome.Images);
        var images = outcomes[0].Images;
        var around = Rate.Of(shares.Average() * images, images);
        var (low, high) = (Math.Min(around.Low, shares.Min()), Math.Max(around.High, shares.Max()));
        return Invariant($"{100 * around.Value:0.0} % [{100 * low:0.0}, {100 * high:0.0}]");
    }
}
