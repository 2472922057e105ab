namespace Ensembles.Analyzers;

/// <summary>
/// What a rule is about, for .editorconfig: <c>dotnet_analyzer_diagnostic.category-Ensembles.Diversity.severity</c>.
/// </summary>
static class RuleGroup
{
    /// <summary>Whether the members of an ensemble make it stronger than each alone.</summary>
    public const string Diversity = "Ensembles.Diversity";

    /// <summary>Whether code can be made from a declaration.</summary>
    public const string Declaration = "Ensembles.Declaration";

    /// <summary>Whether a defense is what it says.</summary>
    public const string Defense = "Ensembles.Defense";

    /// <summary>Whether attacks get the gradients that a defense has.</summary>
    public const string Gradient = "Ensembles.Gradient";

    /// <summary>Whether an ensemble runs as fast as it could.</summary>
    public const string Performance = "Ensembles.Performance";

    /// <summary>What a study has found.</summary>
    public const string Evidence = "Ensembles.Evidence";
}
