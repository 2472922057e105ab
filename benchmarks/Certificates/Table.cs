using Ensembles.Evaluation;
using static System.FormattableString;

namespace Ensembles.Benchmarks.Certificates;

/// <summary>The outcomes of a results folder as tables, one a norm.</summary>
static class Table
{
    public static void Print(string folder)
    {
        string[] files = Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "*.json").Order()] : [];
        foreach (var norm in files.Select(file => Outcome.Read(file)!).GroupBy(outcome => outcome.Norm))
        {
            var radii = norm.First().Certified.Radii;
            Console.WriteLine(
                $"| {norm.Key} | {string.Join(" | ", radii.Select(r => r == 0 ? "clean" : Invariant($"proven, {r}")))} "
                    + "| under attack, of the same images: proven, stood |");
            Console.WriteLine($"|---|{string.Concat(radii.Select(_ => "---|"))}---|");
            foreach (var outcome in norm)
                Console.WriteLine($"| {outcome.Name} | {string.Join(" | ", outcome.Certified.Right.Select(right =>
                    Share(right, outcome.Certified.Images)))} | {string.Join("; ", outcome.Attacked.Select(Cell))} |");
            Console.WriteLine();
        }
    }

    static string Cell(Attacked at) =>
        Invariant($"{at.Radius}: {at.Proven}, {at.Stood} of {at.Images}{(at.Invalid.Count > 0 ? ", INVALID" : "")}");

    static string Share(int right, int images)
    {
        var rate = Rate.Of(right, images);
        return Invariant($"{100 * rate.Value:0.0} % [{100 * rate.Low:0.0}, {100 * rate.High:0.0}]");
    }
}
