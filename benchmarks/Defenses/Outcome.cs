using System.Text.Json;

namespace Ensembles.Benchmarks.Defenses;

/// <summary>What one method reached with one training seed; a file of the results folder.</summary>
/// <param name="Method">The row of the table.</param>
/// <param name="Seed">The training seed.</param>
/// <param name="Processor">Where it ran.</param>
/// <param name="TrainingSeconds">Processor time of the training that was done in this process.</param>
/// <param name="Images">N, the test images attacked.</param>
/// <param name="Clean">Images that are right without an attack.</param>
/// <param name="Radii">What stood at each radius.</param>
sealed record Outcome(
    string Method,
    int Seed,
    string Processor,
    double TrainingSeconds,
    int Images,
    int Clean,
    IReadOnlyList<OutcomeAt> Radii)
{
    static readonly char[] apart = [' ', ',', '=', '+', ':'];

    static readonly JsonSerializerOptions options = new() { WriteIndented = true };

    /// <summary>Where the outcome of a method and seed is kept.</summary>
    public static string FileOf(string folder, string method, int seed)
    {
        var words = method.ToLowerInvariant().Split(apart, StringSplitOptions.RemoveEmptyEntries);
        return Path.Combine(folder, $"{string.Join('-', words)}.{seed}.json");
    }

    /// <exception cref="JsonException">The file is damaged: delete it, and it is made anew.</exception>
    public static T? Read<T>(string file) where T : class =>
        File.Exists(file) ? JsonSerializer.Deserialize<T>(File.ReadAllText(file), options) : null;

    public static void Write<T>(string file, T outcome) =>
        AtomicFile.Write(file, stream => JsonSerializer.Serialize(stream, outcome, options));
}

/// <summary>What stood at one radius.</summary>
/// <param name="Epsilon">The radius in Linf.</param>
/// <param name="AutoAttack">Images right after AutoAttack.</param>
/// <param name="Worst">Images right under every attack and every check.</param>
/// <param name="Invalid">Why the figure says nothing; empty for a valid one.</param>
/// <param name="Attacks">The attacks.</param>
sealed record OutcomeAt(
    double Epsilon, int AutoAttack, int Worst, IReadOnlyList<string> Invalid, IReadOnlyList<string> Attacks);
