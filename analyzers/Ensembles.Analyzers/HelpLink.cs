namespace Ensembles.Analyzers;

/// <summary>Where a rule is explained.</summary>
public static class HelpLink
{
    /// <summary>The address under which <c>analyzers/docs</c> is published.</summary>
    const string Pages = "https://ensembles.example/analyzers/docs";

    /// <summary>The page of a rule.</summary>
    public static string Of(string id) => $"{Pages}/{id}.md";
}
