using Microsoft.CodeAnalysis;

namespace Ensembles.Declarations;

/// <summary>A test framework that tests can be written for.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Test">The attribute of a test, its full name without "Attribute".</param>
/// <param name="Class">The attribute of a class of tests; null where it takes none.</param>
/// <param name="Assemblies">The assemblies of the compilation that declare the attribute of a test.</param>
sealed record TestFramework(string Name, string Test, string? Class, IReadOnlyList<string> Assemblies)
{
    const string VisualStudio = "Microsoft.VisualStudio.TestTools.UnitTesting";

    static readonly TestFramework[] all =
    [
        // Versions 2 and 3 alike.
        new("xunit", "Xunit.Fact", null, []),
        new("NUnit", "NUnit.Framework.Test", null, []),
        new("MSTest", $"{VisualStudio}.TestMethod", $"{VisualStudio}.TestClass", []),
    ];

    /// <summary>Their names, for a sentence.</summary>
    public static string Names => Wording.Or(all.Select(framework => framework.Name));

    /// <summary>The names of all their attributes' classes.</summary>
    public static IReadOnlyList<string> ClassNames { get; } =
    [
        .. all.SelectMany(framework => new[] { framework.Test, framework.Class })
            .OfType<string>()
            .Select(name => $"{name.Substring(name.LastIndexOf('.') + 1)}Attribute"),
    ];

    /// <summary>Whether its attribute means one thing: not so where two versions of it are referenced.</summary>
    public bool IsOne => Assemblies.Count == 1;

    /// <summary>Those that a compilation references, in one version or in several.</summary>
    public static IReadOnlyList<TestFramework> In(Compilation compilation) =>
    [
        .. all
            .Select(framework => framework with
            {
                Assemblies =
                [
                    .. compilation.GetTypesByMetadataName($"{framework.Test}Attribute")
                        .Where(type => compilation.IsSymbolAccessibleWithin(type, compilation.Assembly))
                        .Select(type => type.ContainingAssembly.Name)
                        .OrderBy(name => name, StringComparer.Ordinal),
                ],
            })
            .Where(framework => framework.Assemblies.Count > 0),
    ];
}
