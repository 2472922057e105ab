using System.Runtime.CompilerServices;
using Ensembles.Evaluation;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace Ensembles.Analyzers.Reading;

/// <summary>What studies have left beside a project.</summary>
static class EvidenceFiles
{
    // One text for three rules, and for every edit of something else.
    static readonly ConditionalWeakTable<SourceText, StrongBox<Evidence?>> read = new();

    /// <summary>The files, in the order of their paths.</summary>
    public static IReadOnlyList<AdditionalText> In(AnalyzerOptions options) =>
    [
        .. options.AdditionalFiles
            .Where(file => file.Path.EndsWith(Evidence.FileEnd, StringComparison.OrdinalIgnoreCase))
            .OrderBy(file => file.Path, StringComparer.Ordinal),
    ];

    /// <summary>The file that is called after a type.</summary>
    public static AdditionalText? Of(INamedTypeSymbol type, IReadOnlyList<AdditionalText> files)
    {
        var name = $"{type.Name}{Evidence.FileEnd}";
        return files.FirstOrDefault(file =>
            file.Path.EndsWith(name, StringComparison.OrdinalIgnoreCase)
            && (file.Path.Length == name.Length || file.Path[file.Path.Length - name.Length - 1] is '/' or '\\'));
    }

    /// <summary>What a file holds; null where it is too long or something else.</summary>
    public static Evidence? Read(AdditionalText file, CancellationToken cancellation) =>
        file.GetText(cancellation) is { } text && text.Length <= Evidence.MostCharacters
            ? read.GetValue(text, whole => new(Evidence.Read(whole.ToString()))).Value
            : null;
}
