using System.Composition;
using Ensembles.Analyzers.Defenses;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;

namespace Ensembles.CodeFixes;

/// <summary>Derives a defense from a role, in place of nothing or of <c>Module&lt;Tensor, Tensor&gt;</c>.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp), Shared]
public sealed class ENS0101NoRoleFix() : RuleFix(ENS0101NoRole.Id)
{
    protected override IReadOnlyList<Fix> Find(Finding finding, CancellationToken cancellation)
    {
        if (finding.Node is not ClassDeclarationSyntax declaration
            || finding.Model.GetDeclaredSymbol(declaration, cancellation) is not { } type
            || KnownTypes.Of(finding.Model.Compilation) is not { } known
            || Defense.Of(type, known) is not { } defense
            || defense.HasRole
            || !HasRolesBase(type, known)
            || BaseOf(declaration, type, finding.Model, cancellation) is not { } hasBase
            || Forward(type, known, cancellation) is not { } forward
            || !declaration.Members.Contains(forward))
            return [];

        string[] roles = defense.Categories?.Contains(Category.Detection) == true
            ? ["Detector", "Classifier"]
            : ["Classifier", "InputTransform"];
        return [.. roles.Select(role => new Fix(
            $"Derive {type.Name} from {role}", role,
            finding.Edit(
                declaration,
                current => WithBase(WithOverride(current, forward.Identifier.ValueText), role, hasBase))))];
    }

    /// <summary>Whether the base class is object or the one that the roles derive from.</summary>
    static bool HasRolesBase(INamedTypeSymbol type, KnownTypes known) =>
        type.BaseType is { } @base
        && (@base.SpecialType == SpecialType.System_Object
            || SymbolEqualityComparer.Default.Equals(@base, known.Classifier.BaseType));

    /// <summary>
    /// Whether this part names the base class; null where another part does, which would have to be edited.
    /// </summary>
    static bool? BaseOf(
        ClassDeclarationSyntax declaration, INamedTypeSymbol type, SemanticModel model, CancellationToken cancellation)
    {
        if (type.BaseType!.SpecialType == SpecialType.System_Object)
            return false;
        return declaration.BaseList?.Types.FirstOrDefault() is { } first
            && SymbolEqualityComparer.Default.Equals(model.GetTypeInfo(first.Type, cancellation).Type, type.BaseType)
                ? true
                : null;
    }

    /// <summary>The method that the role asks for: public Tensor forward(Tensor).</summary>
    static MethodDeclarationSyntax? Forward(INamedTypeSymbol type, KnownTypes known, CancellationToken cancellation)
    {
        var tensor = known.Classifier.BaseType!.TypeArguments[0];
        return type.GetMembers("forward").OfType<IMethodSymbol>()
            .Where(method =>
                method is { IsStatic: false, IsGenericMethod: false, DeclaredAccessibility: Accessibility.Public,
                    Parameters: [{ RefKind: RefKind.None } parameter] }
                && SymbolEqualityComparer.Default.Equals(method.ReturnType, tensor)
                && SymbolEqualityComparer.Default.Equals(parameter.Type, tensor))
            .Select(method => method.DeclaringSyntaxReferences[0].GetSyntax(cancellation))
            .OfType<MethodDeclarationSyntax>()
            .FirstOrDefault();
    }

    static ClassDeclarationSyntax WithOverride(ClassDeclarationSyntax declaration, string name)
    {
        var method = declaration.Members.OfType<MethodDeclarationSyntax>()
            .First(m => m.Identifier.ValueText == name && m.ParameterList.Parameters.Count == 1);
        return method.Modifiers.Any(SyntaxKind.OverrideKeyword)
            ? declaration
            : declaration.ReplaceNode(
                method,
                method.AddModifiers(
                    SyntaxFactory.Token(SyntaxKind.OverrideKeyword).WithTrailingTrivia(SyntaxFactory.Space)));
    }

    static ClassDeclarationSyntax WithBase(ClassDeclarationSyntax declaration, string role, bool hasBase)
    {
        var name = Declarations.LibraryName(role);
        if (hasBase)
        {
            var old = declaration.BaseList!.Types[0].Type;
            return declaration.ReplaceNode(old, name.WithTriviaFrom(old));
        }

        var type = SyntaxFactory.SimpleBaseType(name);
        if (declaration.BaseList is { } list)
            return declaration.WithBaseList(
                list.WithTypes(list.Types.Insert(0, type)).WithAdditionalAnnotations(Formatter.Annotation));

        var last = declaration.ParameterList?.GetLastToken()
            ?? declaration.TypeParameterList?.GetLastToken()
            ?? declaration.Identifier;
        var baseList = SyntaxFactory.BaseList(SyntaxFactory.SingletonSeparatedList<BaseTypeSyntax>(type))
            .WithAdditionalAnnotations(Formatter.Annotation);
        return declaration.ReplaceToken(last, last.WithTrailingTrivia(SyntaxFactory.Space))
            .WithBaseList(baseList.WithTrailingTrivia(last.TrailingTrivia));
    }
}
