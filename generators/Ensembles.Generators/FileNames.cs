using System.Globalization;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators;

/// <summary>Names of emitted files.</summary>
static class FileNames
{
    /// <summary>
    /// Each model with a file name of its own. The compiler ignores case in these names and takes each of them only
    /// once.
    /// </summary>
    public static IncrementalValuesProvider<(T Model, string File)> WithFileNames<T>(
        this IncrementalValuesProvider<T> models, Func<T, Place> place)
    {
        var clashes = models.Collect().Select((all, _) => Clashes(all.Select(model => place(model).HintName)));
        return models.Combine(clashes).Select((pair, _) => (pair.Left, File(place(pair.Left).HintName, pair.Right)));
    }

    static EquatableArray<string> Clashes(IEnumerable<string> names) => new(names
        .GroupBy(name => name, StringComparer.OrdinalIgnoreCase)
        .Where(alike => alike.Count() > 1)
        .SelectMany(alike => alike));

    static string File(string name, EquatableArray<string> clashes) =>
        clashes.Contains(name) ? $"{name}-{Hash(name)}" : name;

    // FNV-1a, since string.GetHashCode differs from run to run.
    static string Hash(string name) => name
        .Aggregate(2166136261u, (hash, c) => unchecked((hash ^ c) * 16777619u))
        .ToString("x8", CultureInfo.InvariantCulture);
}
