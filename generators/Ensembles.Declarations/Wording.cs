using Microsoft.CodeAnalysis;

namespace Ensembles.Declarations;

/// <summary>Parts of sentences.</summary>
static class Wording
{
    /// <summary>"`Edges`, `Jpeg` and `LowPass`".</summary>
    public static string Names(IEnumerable<string> names) => And(names.Select(Code));

    /// <summary>"separates features and detects".</summary>
    public static string And(IEnumerable<string> phrases) => Join(phrases, "and");

    /// <summary>"separates features or detects".</summary>
    public static string Or(IEnumerable<string> phrases) => Join(phrases, "or");

    /// <summary>"`Edges`".</summary>
    public static string Code(string name) => $"`{name}`";

    /// <summary>"`Edges`", or "`Pair&lt;int&gt;`".</summary>
    public static string Code(ITypeSymbol type) =>
        Code(type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat));

    static string Join(IEnumerable<string> phrases, string conjunction)
    {
        var all = phrases.ToList();
        return all.Count < 2
            ? string.Concat(all)
            : $"{string.Join(", ", all.Take(all.Count - 1))} {conjunction} {all[all.Count - 1]}";
    }
}
