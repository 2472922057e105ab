using Ensembles.Analyzers.Reading;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Analyzers.Compiling;

/// <summary>What is sure about each new object of a class, by the class's own code.</summary>
sealed class Construction
{
    static readonly string[] hooking = ["register_forward_hook", "register_forward_pre_hook"];

    readonly INamedTypeSymbol type;
    readonly List<TypeDeclarationSyntax> parts;

    /// <summary>Constructors that do not leave the work to another one of the class.</summary>
    readonly List<ConstructorDeclarationSyntax> constructors;

    Construction(INamedTypeSymbol type, List<TypeDeclarationSyntax> parts)
    {
        (this.type, this.parts) = (type, parts);
        constructors = [.. parts.SelectMany(part => part.Members).OfType<ConstructorDeclarationSyntax>()
            .Where(constructor =>
                !constructor.Modifiers.Any(SyntaxKind.StaticKeyword)
                    && constructor.Initializer?.IsKind(SyntaxKind.ThisConstructorInitializer) != true)];
    }

    /// <summary>The class's code; null for a class of another assembly.</summary>
    public static Construction? Of(INamedTypeSymbol type, CancellationToken cancellation) =>
        PartsOf(type, cancellation) is { Count: > 0 } parts ? new(type, parts) : null;

    static List<TypeDeclarationSyntax> PartsOf(INamedTypeSymbol type, CancellationToken cancellation)
    {
        var parts = type.DeclaringSyntaxReferences.Select(part => part.GetSyntax(cancellation));
        return [.. parts.OfType<TypeDeclarationSyntax>()];
    }

    /// <summary>The instance fields of the class itself that hold something.</summary>
    public IEnumerable<IFieldSymbol> SetFields => type.GetMembers().OfType<IFieldSymbol>()
        .Where(IsSet);

    /// <summary>
    /// The fields among its <c>Layers</c>, in their order; none where it lists them in another way than <c>[a, b]</c>.
    /// </summary>
    public IEnumerable<IFieldSymbol> Layers =>
        from property in parts.SelectMany(part => part.Members).OfType<PropertyDeclarationSyntax>()
        where property.Identifier.ValueText == "Layers"
        from layer in Elements(property.ExpressionBody?.Expression ?? property.Initializer?.Value)
        from part in SetFields
        where NameOf(part) == ModuleSyntax.NameOf(layer)
        select part;

    /// <summary>Whether it registers hooks of its own or of its parts.</summary>
    public bool RegistersHooks =>
        constructors.Any(constructor => constructor.DescendantNodes().OfType<InvocationExpressionSyntax>().Any(call =>
        hooking.Contains(ModuleSyntax.NameOf(call.Expression))
        && !call.Ancestors().TakeWhile(node => node != constructor).Any(IsConditional)
        && IsPart(call.Expression, constructor, hops: 5)));

    /// <summary>What the field is called in the code.</summary>
    public static string NameOf(IFieldSymbol field) =>
        field.AssociatedSymbol?.Name ?? (IsCaptured(field) ? field.Name.TrimStart('<').Split('>')[0] : field.Name);

    // A parameter of the class's primary constructor, which methods use.
    static bool IsCaptured(IFieldSymbol field) => field is { IsImplicitlyDeclared: true, AssociatedSymbol: null };

    bool IsSet(IFieldSymbol field) =>
        !field.IsStatic
        && field.NullableAnnotation != NullableAnnotation.Annotated
        && (IsCaptured(field)
            || IsDeclaredWithValue(field)
            || (constructors.Count > 0 && constructors.All(constructor => Sets(constructor, NameOf(field)))));

    static bool IsDeclaredWithValue(IFieldSymbol field) =>
        (field.AssociatedSymbol ?? field).DeclaringSyntaxReferences.Any(reference => reference.GetSyntax() switch
    {
        VariableDeclaratorSyntax { Initializer.Value: var value } => !IsNull(value),
        PropertyDeclarationSyntax { Initializer.Value: var value } => !IsNull(value),
        // Of a record.
        ParameterSyntax => true,
        _ => false,
    });

    /// <summary>Whether a constructor sets a member whatever its arguments are.</summary>
    static bool Sets(ConstructorDeclarationSyntax constructor, string member) =>
        (constructor.Body?.Statements.OfType<ExpressionStatementSyntax>().Select(statement => statement.Expression)
            ?? [constructor.ExpressionBody?.Expression])
        .OfType<AssignmentExpressionSyntax>()
        .Any(assignment => ModuleSyntax.Assigns(assignment, member) && !IsNull(assignment.Right));

    static bool IsNull(ExpressionSyntax value) => value.Kind() switch
    {
        SyntaxKind.NullLiteralExpression or SyntaxKind.DefaultLiteralExpression => true,
        SyntaxKind.SuppressNullableWarningExpression => IsNull(((PostfixUnaryExpressionSyntax)value).Operand),
        _ => false,
    };

    static bool IsConditional(SyntaxNode node) =>
        node is IfStatementSyntax
            or ConditionalExpressionSyntax
            or SwitchStatementSyntax
            or SwitchExpressionSyntax
            or CatchClauseSyntax
            or AnonymousFunctionExpressionSyntax
            or LocalFunctionStatementSyntax;

    /// <summary>
    /// Whether an expression is about the object or something that is a field of it: what it begins with says so, also
    /// through locals.
    /// </summary>
    bool IsPart(ExpressionSyntax expression, ConstructorDeclarationSyntax constructor, int hops) => expression switch
    {
        MemberAccessExpressionSyntax access => IsPart(access.Expression, constructor, hops),
        InvocationExpressionSyntax call => IsPart(call.Expression, constructor, hops),
        ElementAccessExpressionSyntax element => IsPart(element.Expression, constructor, hops),
        ParenthesizedExpressionSyntax inner => IsPart(inner.Expression, constructor, hops),
        PostfixUnaryExpressionSyntax suppressed => IsPart(suppressed.Operand, constructor, hops),
        CastExpressionSyntax cast => IsPart(cast.Expression, constructor, hops),
        ThisExpressionSyntax or BaseExpressionSyntax => true,
        IdentifierNameSyntax { Identifier.ValueText: var name } =>
            IsMember(name)
                || (hops > 0 && Sources(name, constructor).Any(source => IsPart(source, constructor, hops - 1))),
        _ => false,
    };

    bool IsMember(string name) => type.SelfAndBases().Any(t => t.GetMembers(name).Any(member => !member.IsStatic));

    /// <summary>What a local comes from, and what a parameter goes to.</summary>
    static IEnumerable<ExpressionSyntax> Sources(string name, ConstructorDeclarationSyntax constructor) =>
        constructor.DescendantNodes().Select(node => node switch
    {
        VariableDeclaratorSyntax { Identifier.ValueText: var local, Initializer.Value: var value }
            when local == name => value,
        ForEachStatementSyntax { Identifier.ValueText: var local, Expression: var all } when local == name => all,
        AssignmentExpressionSyntax { Left: var target, Right: IdentifierNameSyntax parameter }
            when parameter.Identifier.ValueText == name => target,
        _ => null,
    }).OfType<ExpressionSyntax>();

    static IEnumerable<ExpressionSyntax> Elements(ExpressionSyntax? list) => list switch
    {
        CollectionExpressionSyntax collection =>
            collection.Elements.OfType<ExpressionElementSyntax>().Select(element => element.Expression),
        ArrayCreationExpressionSyntax { Initializer: { } initializer } => initializer.Expressions,
        ImplicitArrayCreationExpressionSyntax array => array.Initializer.Expressions,
        _ => [],
    };
}
