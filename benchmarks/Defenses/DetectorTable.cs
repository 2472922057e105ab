using static System.FormattableString;

namespace Ensembles.Benchmarks.Defenses;

/// <summary>The outcomes of detectors as a table.</summary>
static class DetectorTable
{
    public static void Print(Setting setting, string folder)
    {
        var radii = setting.Radii.Select(radius => Invariant($"{radius:0.####}")).ToList();
        var columns = radii.Select(r => $"lenient, {r} | strict, {r} | AUC unaware, {r} | AUC aware, {r}");
        Console.WriteLine(
            $"| detector | seeds | clean | coverage | {string.Join(" | ", columns)} | valid | literature |");
        Console.WriteLine($"|---|---|---|---|{string.Concat(radii.Select(_ => "---|---|---|---|"))}---|---|");
        string[] files = Directory.Exists(folder) ? Directory.GetFiles(folder, "*.json") : [];
        var all = files.Select(file => Outcome.Read<DetectorOutcome>(file)!).ToList();
        foreach (var method in DetectorMethod.All)
        {
            var outcomes = all.Where(o => o.Method == method.Name).OrderBy(o => o.Seed).ToList();
            if (outcomes.Count > 0)
                Console.WriteLine(Row(setting, method, outcomes));
        }
    }

    static string Row(Setting setting, DetectorMethod method, List<DetectorOutcome> outcomes)
    {
        var at = setting.Radii.SelectMany((_, i) => new[]
        {
            Share(outcomes.Select(o => o.Radii[i].Lenient)),
            Share(outcomes.Select(o => o.Radii[i].Strict)),
            Area(outcomes.Select(o => o.Radii[i].AreaUnaware)),
            Area(outcomes.Select(o => o.Radii[i].AreaAware)),
        });
        var invalid = outcomes.Count(o => o.Radii.Any(radius => radius.Invalid.Count > 0));
        string[] cells =
        [
            method.Name,
            string.Join(", ", outcomes.Select(o => o.Seed)),
            Share(outcomes.Select(o => o.Clean)),
            Share(outcomes.Select(o => o.Coverage)),
            .. at,
            invalid == 0 ? "yes" : $"no: {invalid} of {outcomes.Count}",
            method.Literature,
        ];
        return $"| {string.Join(" | ", cells)} |";
    }

    /// <summary>The mean over seeds.</summary>
    static string Share(IEnumerable<double> shares) => Invariant($"{100 * shares.Average():0.0} %");

    /// <summary>The mean over the seeds in which the attack fooled the network; a dash where it never did.</summary>
    static string Area(IEnumerable<double?> areas) =>
        areas.OfType<double>().ToList() is { Count: > 0 } known ? Invariant($"{known.Average():0.00}") : "-";
}
