using System.Globalization;
using System.Text;

namespace Ensembles.Evaluation;

/// <summary>
/// What a study found, as far as an editor says it where an ensemble is declared: the content of the file
/// <c>FiveStrengths.evidence.json</c> beside the project.
/// </summary>
/// <remarks>
/// This file and that of the reader are compiled into the analyzers too, so that what is written here is what the rules
/// read. Everything is text, in the words of the report.
/// </remarks>
/// <param name="Ensemble">The ensemble's class name.</param>
/// <param name="Declaration">What is declared, see <see cref="DeclarationOf"/>.</param>
/// <param name="Setting">"300 images, PGD-40 x 4 at Linf 0.3, 2026-11-26".</param>
/// <param name="Components">What was found of each component that can be left out.</param>
/// <param name="Claims">What was found of each strength that one claims.</param>
sealed record Evidence(
    string Ensemble,
    string Declaration,
    string Setting,
    IReadOnlyList<ComponentEvidence> Components,
    IReadOnlyList<ClaimEvidence> Claims)
{
    /// <summary>How the name of the file ends, behind the ensemble's.</summary>
    public const string FileEnd = ".evidence.json";

    /// <summary>More characters than these no study writes.</summary>
    public const int MostCharacters = 200_000;

    /// <summary>More of a sentence than this nobody reads in an editor.</summary>
    const int LongestText = 600;

    const string Format = "Ensembles evidence 1";

    /// <summary>The declaration of an ensemble as one text.</summary>
    /// <param name="rule">The voting rule's class name.</param>
    /// <param name="quorum">How many members must agree.</param>
    /// <param name="parts">
    /// Fronts, then members, then gates, each in order of declaration, see <see cref="PartOf"/>; then those of
    /// ensembles among the members.
    /// </param>
    public static string DeclarationOf(string rule, int quorum, IEnumerable<string> parts) =>
        $"{rule}, quorum {quorum.ToString(CultureInfo.InvariantCulture)}: {string.Join("; ", parts)}";

    /// <summary>A component in that text.</summary>
    /// <param name="role">"front", "member", "gate" or "gate behind fronts".</param>
    /// <param name="name">The property's name.</param>
    /// <param name="defense">The class's name.</param>
    /// <param name="number">A member's weight or a gate's rate; 1 for a front.</param>
    public static string PartOf(string role, string name, string defense, double number) =>
        $"{role} {name} {defense} {number.ToString("R", CultureInfo.InvariantCulture)}";

    /// <summary>A component of an ensemble among the members, by its path.</summary>
    public static string InnerPartOf(string path, string defense) => $"inner {path} {defense}";

    /// <summary>The file's text.</summary>
    public string Write()
    {
        static string Quoted(string text) => JsonText.Quoted(
            text.Length <= LongestText ? text : $"{text.Substring(0, LongestText - 3)}...");
        var text = new StringBuilder();
        text.Append($"{{\n  \"format\": {Quoted(Format)},\n  \"ensemble\": {Quoted(Ensemble)},\n")
            .Append($"  \"declaration\": {JsonText.Quoted(Declaration)},\n  \"setting\": {Quoted(Setting)},\n")
            .Append("  \"components\": [");
        text.Append(string.Join(",", Components.Select(component =>
            $"\n    {{ \"name\": {Quoted(component.Name)}, \"says\": {Quoted(component.Says)} }}")));
        text.Append("\n  ],\n  \"claims\": [");
        text.Append(string.Join(",", Claims.Select(claim =>
            $"\n    {{ \"component\": {Quoted(claim.Component)}, \"strength\": {Quoted(claim.Strength)}, "
            + $"\"holds\": {Quoted(claim.Holds)}, \"says\": {Quoted(claim.Says)} }}")));
        return text.Append("\n  ]\n}\n").ToString();
    }

    /// <summary>What a text of <see cref="Write"/> holds, however it is laid out; null for any other text.</summary>
    public static Evidence? Read(string text)
    {
        if (text.Length > MostCharacters
            || JsonText.Read(text) is not Dictionary<string, object?> file
            || Text(file, "format") != Format
            || Text(file, "ensemble") is not { } ensemble
            || Text(file, "declaration") is not { } declaration
            || Text(file, "setting") is not { } setting
            || Items(file, "components") is not { } components
            || Items(file, "claims") is not { } claims)
            return null;
        List<ComponentEvidence> found = [];
        foreach (var item in components)
        {
            if (Text(item, "name") is not { } name || Text(item, "says") is not { } says)
                return null;
            found.Add(new(name, says));
        }

        List<ClaimEvidence> measured = [];
        foreach (var item in claims)
        {
            if (Text(item, "component") is not { } component || Text(item, "strength") is not { } strength
                || Text(item, "holds") is not { } holds || Text(item, "says") is not { } says)
                return null;
            measured.Add(new(component, strength, holds, says));
        }

        return new(ensemble, declaration, setting, found, measured);
    }

    static string? Text(Dictionary<string, object?> item, string name) =>
        item.TryGetValue(name, out var value) ? value as string : null;

    static List<Dictionary<string, object?>>? Items(Dictionary<string, object?> file, string name)
    {
        if (!file.TryGetValue(name, out var value) || value is not List<object?> list)
            return null;
        var items = list.OfType<Dictionary<string, object?>>().ToList();
        return items.Count == list.Count ? items : null;
    }
}

/// <summary>What was found of a component.</summary>
/// <param name="Name">The property's name, or the path to it.</param>
/// <param name="Says">"adds nothing: 43.0% robust with it, 44.0% without".</param>
sealed record ComponentEvidence(string Name, string Says);

/// <summary>What was found of a claim.</summary>
/// <param name="Component">The property's name, or the path to it.</param>
/// <param name="Strength">The strength's name.</param>
/// <param name="Holds">"yes", "no", "stated" where the suite states that it may not, or "unknown".</param>
/// <param name="Says">"does not show: 0.61, undefended 0.82, at most 0.41 needed".</param>
sealed record ClaimEvidence(string Component, string Strength, string Holds, string Says)
{
    /// <summary>It does not show, and nobody said that it may not.</summary>
    public const string No = "no";
}
