using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Ensembles.Analyzers;

/// <summary>Where a rule is explained.</summary>
public static class HelpLink
{
    /// <summary>The build's property that names the folder of the pages: they come with the package.</summary>
    public const string FolderProperty = "build_property.EnsemblesRulePages";

    // Where analyzers/docs lies, in the repository or where it is published: EnsemblesDocsUrl in Directory.Build.props.
    static readonly string pages = typeof(HelpLink).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(metadata => metadata.Key == "DocsUrl").Value!.TrimEnd('/');

    static readonly ConcurrentDictionary<(string Id, string Folder), DiagnosticDescriptor> linked = new();

    /// <summary>The page of a rule.</summary>
    public static string Of(string id) => $"{pages}/{id}.md";

    /// <summary>
    /// The rule with a link to its page on this machine, where the build says in which folder it lies.
    /// </summary>
    public static DiagnosticDescriptor Linked(this DiagnosticDescriptor rule, AnalyzerOptions options) =>
        options.AnalyzerConfigOptionsProvider.GlobalOptions.TryGetValue(FolderProperty, out var folder)
        && Uri.TryCreate(folder, UriKind.Absolute, out var uri)
            ? linked.GetOrAdd(
                (rule.Id, uri.AbsoluteUri.TrimEnd('/')), key => WithLink(rule, $"{key.Folder}/{key.Id}.md"))
            : rule;

    // The rule's own texts and id, which its own descriptor declares.
#pragma warning disable RS1017, RS1007, RS1015, RS1028, RS1032, RS2000
    static DiagnosticDescriptor WithLink(DiagnosticDescriptor rule, string link) => new(
        rule.Id, rule.Title, rule.MessageFormat, rule.Category, rule.DefaultSeverity, rule.IsEnabledByDefault,
        rule.Description, link, [.. rule.CustomTags]);
#pragma warning restore RS1017, RS1007, RS1015, RS1028, RS1032, RS2000
}
