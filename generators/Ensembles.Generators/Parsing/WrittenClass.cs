using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Generators.Parsing;

/// <summary>
/// A class as it is written. Its members are read from syntax and only what they name is bound: the compiler makes symbols of all members at once, and binds all
/// arguments of an attribute, which after every edit takes several times as long as all that a declaration needs.
/// </summary>
sealed class WrittenClass
{
    readonly SemanticModel model;
    readonly CancellationToken cancellation;

    /// <summary>What is bound already, as it is written; null for a class in several files, in which the same may mean different things.</summary>
    readonly ConcurrentDictionary<string, ITypeSymbol?>? meanings;

    public WrittenClass(INamedTypeSymbol type, KnownTypes known, SemanticModel model, CancellationToken cancellation)
    {
        (this.model, this.cancellation) = (model, cancellation);
        Parts = [.. type.DeclaringSyntaxReferences.Select(part => part.GetSyntax(cancellation)).OfType<TypeDeclarationSyntax>()];
        meanings = Parts is not [var only] ? null : Scope(only) is { } scope ? known.Meanings(scope) : new();
    }

    /// <summary>Its parts.</summary>
    public IReadOnlyList<TypeDeclarationSyntax> Parts { get; }

    /// <summary>The members of all parts.</summary>
    public IEnumerable<MemberDeclarationSyntax> Members => Parts.SelectMany(part => part.Members);

    /// <summary>The type that a type's syntax in the class means.</summary>
    public ITypeSymbol? Bind(TypeSyntax syntax)
    {
        ITypeSymbol? Meaning() => ModelOf(syntax).GetTypeInfo(syntax, cancellation).Type;
        return meanings is null ? Meaning() : meanings.GetOrAdd(syntax.ToString(), _ => Meaning());
    }

    /// <summary>The class of an attribute on one of the members.</summary>
    public INamedTypeSymbol? ClassOf(AttributeSyntax attribute)
    {
        ITypeSymbol? Meaning() => ModelOf(attribute).GetTypeInfo(attribute, cancellation).Type;
        return (meanings is null ? Meaning() : meanings.GetOrAdd($"[{attribute.Name}]", _ => Meaning())) as INamedTypeSymbol;
    }

    /// <summary>The value of an expression in the class as a double, where it is a constant that becomes one by itself.</summary>
    public double? Number(ExpressionSyntax expression)
    {
        var value = expression is LiteralExpressionSyntax literal ? literal.Token.Value : ModelOf(expression).GetConstantValue(expression, cancellation).Value;
        return value switch
        {
            double number => number,
            float number => number,
            int number => number,
            long number => number,
            uint number => number,
            ulong number => number,
            short number => number,
            ushort number => number,
            byte number => number,
            sbyte number => number,
            char number => number,
            _ => null,
        };
    }

    SemanticModel ModelOf(SyntaxNode node) => node.SyntaxTree == model.SyntaxTree ? model : model.Compilation.GetSemanticModel(node.SyntaxTree);

    /// <summary>
    /// The usings and namespaces around a class, which give a name in it the meaning that it has in every class inside the same; null where the class, one around it or
    /// its file may give it another.
    /// </summary>
    static string? Scope(TypeDeclarationSyntax part)
    {
        if (part is not { TypeParameterList: null, BaseList: null } || part.Members.Any(member => member is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax))
            return null;
        var scope = "";
        for (var around = part.Parent; around is not null; around = around.Parent)
        {
            switch (around)
            {
                case BaseNamespaceDeclarationSyntax inner when !inner.Members.Any(IsOfTheFile):
                    scope = $"{inner.Name} {{ {inner.Externs} {inner.Usings} {scope}";
                    break;
                case CompilationUnitSyntax file when !file.Members.Any(IsOfTheFile):
                    return $"{file.Externs} {file.Usings} {scope}";
                default:
                    return null;
            }
        }

        return null;
    }

    static bool IsOfTheFile(MemberDeclarationSyntax member) => member.Modifiers.Any(SyntaxKind.FileKeyword);
}
