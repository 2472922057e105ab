using Ensembles.Analyzers.Tests.Running;
using Ensembles.Generators;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace Ensembles.Fuzz;

/// <summary>
/// One source to mutate, and those it is compiled with. References are bound, the other trees parsed and the generator
/// warmed once; a mutant replaces one tree, as an editor does.
/// </summary>
sealed class World
{
    readonly Lazy<(CSharpCompilation Compilation, GeneratorDriver Driver)> warm;

    /// <param name="name">What reports call it.</param>
    /// <param name="source">The source to mutate.</param>
    /// <param name="others">What it is compiled with.</param>
    /// <param name="assembly">The name of the assembly that it is part of.</param>
    /// <param name="generator">What completes it; ours unless a test plants another.</param>
    public World(
        string name, string source, string[] others, string assembly = "Demo", IIncrementalGenerator? generator = null)
    {
        (Name, Source, Others) = (name, source, others);
        warm = new(() =>
        {
            var compilation = CSharpCompilation.Create(
                assembly,
                others.Select((other, i) => Parse(other, $"/Demo/Other{i}.cs")).Prepend(Parse(source)),
                References.All,
                References.Compiling.WithConcurrentBuild(false));
            return (compilation, Driver(generator ?? new EnsembleGenerator()).RunGenerators(compilation));
        });
    }

    public string Name { get; }

    public string Source { get; }

    public IReadOnlyList<string> Others { get; }

    /// <summary>
    /// The sources with a mutant in place of the one to mutate, and the generator as the edit meets it.
    /// </summary>
    public (CSharpCompilation Compilation, GeneratorDriver Driver) With(string mutant)
    {
        var (compilation, driver) = warm.Value;
        return (compilation.ReplaceSyntaxTree(compilation.SyntaxTrees[0], Parse(mutant)), driver);
    }

    /// <summary>A generator as a build meets it, which has read nothing yet.</summary>
    public static GeneratorDriver Driver(IIncrementalGenerator generator) =>
        CSharpGeneratorDriver.Create([generator.AsSourceGenerator()], parseOptions: References.Parsing);

    static SyntaxTree Parse(string source, string path = "/Demo/Source.cs") =>
        CSharpSyntaxTree.ParseText(source, References.Parsing, path);
}
