using System.Reflection;

namespace Ensembles.Analyzers;

/// <summary>Where a rule is explained.</summary>
public static class HelpLink
{
    // The address under which analyzers/docs is published: EnsemblesDocsUrl in Directory.Build.props.
    static readonly string pages = typeof(HelpLink).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "DocsUrl").Value!.TrimEnd('/');

    /// <summary>The page of a rule.</summary>
    public static string Of(string id) => $"{pages}/{id}.md";
}
