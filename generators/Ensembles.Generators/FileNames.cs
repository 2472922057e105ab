using Ensembles.Generators.Models;
using Ensembles.Generators.Parsing;
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
        clashes.Contains(name) ? $"{name}-{TypeNames.Hash(name)}" : name;
}
