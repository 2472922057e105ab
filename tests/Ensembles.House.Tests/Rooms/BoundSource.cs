using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.House.Tests.Rooms;

/// <summary>
/// The source under some folders as one compilation, and which room in it uses which other room of the same project.
/// Names in documentation are not uses: a page may point at whoever reads it.
/// </summary>
sealed class BoundSource
{
    const string GlobalUsings = """
        global using System;
        global using System.Collections.Generic;
        global using System.IO;
        global using System.Linq;
        global using System.Net.Http;
        global using System.Threading;
        global using System.Threading.Tasks;
        """;

    readonly CSharpCompilation compilation;

    public BoundSource(IEnumerable<string> files)
    {
        var trees = files.AsParallel().Select(file => CSharpSyntaxTree.ParseText(Repository.Text(file), path: file));
        var assemblies = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator);
        compilation = CSharpCompilation.Create(
            "House",
            trees.AsEnumerable().Append(CSharpSyntaxTree.ParseText(GlobalUsings)),
            assemblies.Select(path => MetadataReference.CreateFromFile(path)),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
    }

    /// <summary>
    /// One use for each pair of rooms of which the first names a type of the second or calls an extension method of it.
    /// A room that uses an object whose type it does not name has it from a room that it does name, and that one names
    /// the type or a room on the way to it. So a circle of uses is a circle of names. Names are bound to be sure what
    /// they mean.
    /// </summary>
    public IReadOnlyList<RoomUse> Uses()
    {
        var trees = compilation.SyntaxTrees.Where(tree => tree.FilePath.Length > 0).ToList();
        var uses =
            from project in trees.GroupBy(tree => Repository.ProjectOf(tree.FilePath)).AsParallel()
            let rooms = Declared(project)
            from candidate in project.SelectMany(tree => Candidates(tree, rooms))
            group candidate.Name by (From: Room.Of(candidate.Name.SyntaxTree.FilePath), candidate.To) into edge
            select edge;
        return
        [
            .. uses.ToList().AsParallel().Select(edge => FirstUse(edge.Key.From, edge.Key.To, edge)).OfType<RoomUse>(),
        ];
    }

    /// <summary>The rooms that declare a type or an extension method of each name.</summary>
    static ILookup<string, Room> Declared(IEnumerable<SyntaxTree> project) =>
        project.SelectMany(tree => Names(tree).Select(name => (Name: name, Room: Room.Of(tree.FilePath)))).Distinct()
            .ToLookup(declared => declared.Name, declared => declared.Room);

    static IEnumerable<string> Names(SyntaxTree tree) => tree.GetRoot().DescendantNodes().Select(node => node switch
    {
        BaseTypeDeclarationSyntax type => type.Identifier.Text,
        DelegateDeclarationSyntax type => type.Identifier.Text,
        MethodDeclarationSyntax method when IsExtension(method) => method.Identifier.Text,
        _ => null,
    }).OfType<string>();

    static bool IsExtension(MethodDeclarationSyntax method) =>
        method.ParameterList.Parameters.Any(parameter => parameter.Modifiers.Any(SyntaxKind.ThisKeyword));

    static IEnumerable<(SimpleNameSyntax Name, Room To)> Candidates(SyntaxTree tree, ILookup<string, Room> rooms)
    {
        var from = Room.Of(tree.FilePath);
        foreach (var name in tree.GetRoot().DescendantNodes().OfType<SimpleNameSyntax>())
        {
            var text = name.Identifier.Text;
            var declaring = name.FirstAncestorOrSelf<AttributeSyntax>()?.Name.Span.Contains(name.Span) == true
                ? rooms[text].Union(rooms[text + "Attribute"])
                : rooms[text];
            foreach (var to in declaring.Where(room => room != from))
                yield return (name, to);
        }
    }

    RoomUse? FirstUse(Room from, Room to, IEnumerable<SimpleNameSyntax> names)
    {
        foreach (var name in names.OrderBy(name => name.SyntaxTree.FilePath, StringComparer.Ordinal))
        {
            var model = compilation.GetSemanticModel(name.SyntaxTree);
            var info = model.GetSymbolInfo(name);
            if ((info.Symbol ?? info.CandidateSymbols.FirstOrDefault()) is { } symbol && IsDeclaredIn(symbol, to))
            {
                var line = name.GetLocation().GetLineSpan().StartLinePosition.Line + 1;
                return new RoomUse(from, to, $"{name.SyntaxTree.FilePath}:{line}", name.Identifier.Text);
            }
        }

        return null;
    }

    static bool IsDeclaredIn(ISymbol symbol, Room room)
    {
        symbol = symbol is IMethodSymbol { ReducedFrom: { } extension } ? extension : symbol;
        symbol = symbol.IsImplicitlyDeclared ? symbol.ContainingType : symbol;
        return symbol.Kind is SymbolKind.NamedType or SymbolKind.Method
            && symbol.OriginalDefinition.DeclaringSyntaxReferences
                .Any(place => Room.Of(place.SyntaxTree.FilePath) == room);
    }
}
