using System.Collections.Concurrent;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Declarations;

/// <summary>
/// A class as a person writes it. Its members are read from syntax, and only the names in them are bound. Asked for
/// symbols, the compiler makes those of all members at once and binds every argument of their attributes, after every
/// edit, which takes several times as long as everything that a declaration needs.
/// </summary>
sealed class WrittenClass
{
    readonly Compilation compilation;
    readonly SemanticModel? model;
    readonly CancellationToken cancellation;

    /// <summary>
    /// What has been bound already, by its text; null for a class in several files, where the same text may mean
    /// different things.
    /// </summary>
    readonly ConcurrentDictionary<string, ITypeSymbol?>? meanings;

    public WrittenClass(INamedTypeSymbol type, KnownTypes known, SemanticModel? model, CancellationToken cancellation)
    {
        (compilation, this.model, this.cancellation) = (known.Compilation, model, cancellation);
        Parts =
        [
            .. type.DeclaringSyntaxReferences
                .Where(part => !EmittedNames.IsEmitted(part.SyntaxTree))
                .Select(part => part.GetSyntax(cancellation))
                .OfType<TypeDeclarationSyntax>(),
        ];
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
        var type = meanings is null ? Meaning() : meanings.GetOrAdd($"[{attribute.Name}]", _ => Meaning());
        return type as INamedTypeSymbol;
    }

    /// <summary>
    /// A named argument of an attribute on one of the members; <paramref name="otherwise"/> where it is not written,
    /// null where it is no number.
    /// </summary>
    public double? Argument(AttributeSyntax attribute, string name, double otherwise) =>
        ArgumentOf(attribute, name) is { } argument ? Number(argument.Expression) : otherwise;

    /// <summary>Whether a named argument of an attribute on one of the members is written, and true.</summary>
    public bool IsTrue(AttributeSyntax attribute, string name) =>
        ArgumentOf(attribute, name) is { } argument
        && ModelOf(argument).GetConstantValue(argument.Expression, cancellation).Value is true;

    /// <summary>A named argument of an attribute; null where it is not written.</summary>
    public static AttributeArgumentSyntax? ArgumentOf(AttributeSyntax? attribute, string name)
    {
        if (attribute?.ArgumentList is not { } list)
            return null;
        return list.Arguments.FirstOrDefault(argument => argument.NameEquals?.Name.Identifier.ValueText == name);
    }

    /// <summary>The value of an expression as a double, where it is a constant that becomes one by itself.</summary>
    double? Number(ExpressionSyntax expression)
    {
        // The value of the literal "default" is not in its token.
        var value = expression.IsKind(SyntaxKind.NumericLiteralExpression)
            ? ((LiteralExpressionSyntax)expression).Token.Value
            : ModelOf(expression).GetConstantValue(expression, cancellation).Value;
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

    // An analyzer of whole types gets no model to bind with; what is asked for here is bound once for all rules.
#pragma warning disable RS1030
    SemanticModel ModelOf(SyntaxNode node) =>
        node.SyntaxTree == model?.SyntaxTree ? model : compilation.GetSemanticModel(node.SyntaxTree);
#pragma warning restore RS1030

    /// <summary>
    /// The usings and namespaces around a class. In every class with the same ones a name means the same; null where
    /// the class, a type around it or its file may give names another meaning.
    /// </summary>
    static string? Scope(TypeDeclarationSyntax part)
    {
        if (part is not { TypeParameterList: null, BaseList: null } || part.Members.Any(DeclaresType))
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

    static bool DeclaresType(MemberDeclarationSyntax member) =>
        member is BaseTypeDeclarationSyntax or DelegateDeclarationSyntax;

    static bool IsOfTheFile(MemberDeclarationSyntax member) => member.Modifiers.Any(SyntaxKind.FileKeyword);
}
