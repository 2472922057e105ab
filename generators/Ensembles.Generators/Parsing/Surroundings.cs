using System.Collections.Concurrent;
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Parsing;

/// <summary>What a declaration finds around it in one compilation.</summary>
sealed class Surroundings
{
    readonly WeakReference<Compilation> compilation;
    readonly ICollection<string> types;
    readonly ICollection<string> namespaces;
    readonly ConcurrentDictionary<string, bool> declared = new();

    /// <param name="compilation">The compilation.</param>
    /// <param name="globalUsings">The text of all global usings.</param>
    /// <param name="before">
    /// What another compilation referred to, which stays the same object where this one refers to the same.
    /// </param>
    public Surroundings(Compilation compilation, string globalUsings, References? before)
    {
        this.compilation = new(compilation);
        (types, namespaces) = (compilation.Assembly.TypeNames, compilation.Assembly.NamespaceNames);
        var references = new References(
            compilation.ExternalReferences, compilation.Options, compilation.AssemblyName, globalUsings);
        References = references.AreEqual(before) ? before! : references;
    }

    /// <summary>What the compilation refers to.</summary>
    public References References { get; }

    /// <summary>Whether these are the surroundings in a compilation.</summary>
    public bool AreOf(Compilation other) => compilation.TryGetTarget(out var own) && own == other;

    /// <summary>Whether a source declares a type or a namespace of this name, wherever it stands.</summary>
    public bool Declares(string name) => declared.GetOrAdd(name, n => types.Contains(n) || namespaces.Contains(n));
}

/// <summary>What names mean that no source declares.</summary>
sealed class References(
    ImmutableArray<MetadataReference> assemblies, CompilationOptions options, string? assemblyName, string globalUsings)
{
    /// <summary>
    /// Whether these are the same. A reference does not change: an assembly that is built again, or seen under another
    /// alias, is another one.
    /// </summary>
    public bool AreEqual(References? other) =>
        other is not null
        && (assemblies == other.Assemblies || AreSame(assemblies, other.Assemblies))
        && options.Equals(other.Options)
        && assemblyName == other.AssemblyName
        && globalUsings == other.GlobalUsings;

    static bool AreSame(ImmutableArray<MetadataReference> some, ImmutableArray<MetadataReference> others) =>
        some.SequenceEqual<MetadataReference, MetadataReference>(others);

    ImmutableArray<MetadataReference> Assemblies => assemblies;
    CompilationOptions Options => options;
    string? AssemblyName => assemblyName;
    string GlobalUsings => globalUsings;
}
