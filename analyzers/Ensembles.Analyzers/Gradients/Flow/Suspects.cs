using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>
/// The classes whose gradients may break, told from their syntax: to read bodies is to bind them, which takes as long
/// as the compiler does, and most classes have nothing in them that breaks a gradient, and lead to no class that has.
/// </summary>
/// <remarks>
/// A class is suspect when it holds one of the <see cref="Symptoms"/>, or names a suspect type, or a member of a static
/// one, which may be an extension. What is no suspect has no break; the reverse does not hold.
/// </remarks>
sealed class Suspects
{
    readonly HashSet<string> names;

    Suspects(HashSet<string> names) => this.names = names;

    /// <summary>Finds the suspects of a compilation.</summary>
    public static Suspects In(Compilation compilation, CancellationToken cancellation)
    {
        var roots = compilation.SyntaxTrees.ToLookup(IsGenerated, tree => tree.GetRoot(cancellation));
        var symptoms = new Symptoms(Constants.In(roots[false]));
        var types = roots[false].SelectMany(Types).ToLookup(symptoms.AreIn);
        var open = types[false].Select(type => (Mentioned: Mentioned(type), Offered: Offered(type))).ToList();
        open.AddRange(
            roots[false]
                .SelectMany(root =>
                    root.DescendantNodes(node => node is not BaseTypeDeclarationSyntax).OfType<UsingDirectiveSyntax>())
            .Where(directive => directive.Alias is not null)
            .Select(directive =>
                (Mentioned(directive), new HashSet<string> { directive.Alias!.Name.Identifier.ValueText })));

        // Generated code is long and seldom called: who names its types is read.
        var suspect = new HashSet<string>(
            types[true]
                .SelectMany(Offered)
                .Concat(roots[true].SelectMany(Types).Select(type => type.Identifier.ValueText)));
        for (var before = -1; before != suspect.Count;)
        {
            before = suspect.Count;
            cancellation.ThrowIfCancellationRequested();
            foreach (var (_, offered) in open.Where(type => type.Mentioned.Overlaps(suspect)))
                suspect.UnionWith(offered);
        }

        return new Suspects(suspect);
    }

    /// <summary>Whether a class, one of its bases or one around it is suspect.</summary>
    public bool Contain(INamedTypeSymbol type) =>
        type.SelfAndBases()
            .Any(part => names.Contains(part.Name) || part.Containers().Any(around => names.Contains(around.Name)));

    static bool IsGenerated(SyntaxTree tree) => tree.FilePath.EndsWith(".g.cs", StringComparison.Ordinal);

    /// <summary>The types of a file; those inside another belong to it.</summary>
    static IEnumerable<BaseTypeDeclarationSyntax> Types(SyntaxNode root) =>
        root.DescendantNodes(node => node is not BaseTypeDeclarationSyntax).OfType<BaseTypeDeclarationSyntax>();

    /// <summary>The names in a declaration, and for a type its own: parts of one type are named alike.</summary>
    static HashSet<string> Mentioned(SyntaxNode declaration)
    {
        var mentioned = new HashSet<string>(
            declaration.DescendantNodes().OfType<SimpleNameSyntax>().Select(name => name.Identifier.ValueText));
        if (declaration is BaseTypeDeclarationSyntax type)
            mentioned.Add(type.Identifier.ValueText);
        return mentioned;
    }

    /// <summary>The names by which other code reaches what is in a type.</summary>
    static HashSet<string> Offered(BaseTypeDeclarationSyntax type) => new(type
        .DescendantNodesAndSelf(node =>
            node is BaseTypeDeclarationSyntax or FieldDeclarationSyntax or VariableDeclarationSyntax)
        .Select(declared => declared switch
        {
            BaseTypeDeclarationSyntax inner => inner.Identifier.ValueText,
            MethodDeclarationSyntax method when IsInStatic(method) => method.Identifier.ValueText,
            PropertyDeclarationSyntax property when IsInStatic(property) => property.Identifier.ValueText,
            VariableDeclaratorSyntax field when IsInStatic(field) => field.Identifier.ValueText,
            _ => "",
        })
        .Where(name => name.Length > 0));

    static bool IsInStatic(SyntaxNode member) =>
        member.Ancestors()
            .OfType<TypeDeclarationSyntax>()
            .Any(around => around.Modifiers.Any(modifier => modifier.ValueText == "static"));
}
