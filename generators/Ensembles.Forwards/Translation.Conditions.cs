using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Forwards;

/// <summary>What is known of conditions in evaluation mode, and what depends on the input.</summary>
sealed partial class Translation
{
    /// <summary>Locals that hold sizes, which may be multiples of N.</summary>
    readonly HashSet<ISymbol> sizes = new(SymbolEqualityComparer.Default);

    /// <summary>Locals that hold dispose scopes, which a graph has none of.</summary>
    readonly HashSet<ISymbol> scopes = new(SymbolEqualityComparer.Default);

    /// <summary>What a condition is wherever a graph is written down; null where that is not known.</summary>
    bool? Truth(ExpressionSyntax condition) => condition switch
    {
        ParenthesizedExpressionSyntax inner => Truth(inner.Expression),
        LiteralExpressionSyntax { RawKind: (int)SyntaxKind.TrueLiteralExpression } => true,
        LiteralExpressionSyntax { RawKind: (int)SyntaxKind.FalseLiteralExpression } => false,
        PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression } not => !Truth(not.Operand),
        BinaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalAndExpression } both =>
            And(Truth(both.Left), Truth(both.Right)),
        BinaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalOrExpression } either =>
            !And(!Truth(either.Left), !Truth(either.Right)),
        IdentifierNameSyntax or MemberAccessExpressionSyntax when IsTraining(condition) => false,
        IdentifierNameSyntax or MemberAccessExpressionSyntax
            when Model(condition).GetConstantValue(condition, cancellation).Value is bool constant => constant,
        _ => null,
    };

    static bool? And(bool? a, bool? b) => a == false || b == false ? false : a == true && b == true ? true : null;

    /// <summary>Whether it is <c>training</c> of a module: a graph is of evaluation mode.</summary>
    bool IsTraining(ExpressionSyntax expression) =>
        (expression is IdentifierNameSyntax { Identifier.ValueText: "training" }
            or MemberAccessExpressionSyntax { Name.Identifier.ValueText: "training" })
        && !IsBehindAName(expression)
        && Model(expression).GetSymbolInfo(expression, cancellation).Symbol is IPropertySymbol
        {
            ContainingType: { } of,
        }
        && SymbolEqualityComparer.Default.Equals(of.OriginalDefinition, known.Module);

    /// <summary>Whether code has to do with tensors that come from the input, or with their sizes.</summary>
    bool Depends(SyntaxNode node) =>
        node.DescendantNodesAndSelf().OfType<SimpleNameSyntax>().Any(name => Symbol(name) is { } symbol && symbol switch
        {
            ILocalSymbol local => HoldsTensors(local.Type) || sizes.Contains(local),
            IRangeVariableSymbol => true,
            IParameterSymbol { ContainingSymbol: IMethodSymbol { MethodKind: not MethodKind.Constructor } } parameter =>
                HoldsTensors(parameter.Type),
            IMethodSymbol { MethodKind: MethodKind.LocalFunction } function => !IsClosed(function),
            _ => false,
        });

    /// <summary>Whether a local function has nothing of the input, and so stays as it is.</summary>
    bool IsClosed(IMethodSymbol function)
    {
        if (!HoldsTensors(function.ReturnType) && !function.Parameters.Any(one => HoldsTensors(one.Type)))
            return true;
        if (function.Parameters.Any(one => HoldsTensors(one.Type)) || !TorchSymbols.IsTensor(function.ReturnType))
            return false;
        var code = function.DeclaringSyntaxReferences[0].GetSyntax(cancellation);
        return code.DescendantNodes().OfType<SimpleNameSyntax>().All(name => Symbol(name) switch
        {
            ILocalSymbol local => (!HoldsTensors(local.Type) && !sizes.Contains(local)) || IsWithin(local, code),
            IParameterSymbol { ContainingSymbol: IMethodSymbol { MethodKind: not MethodKind.Constructor } } one =>
                !HoldsTensors(one.Type) || IsWithin(one, code),
            IMethodSymbol { MethodKind: MethodKind.LocalFunction } => false,
            _ => true,
        });
    }

    static bool IsWithin(ISymbol symbol, SyntaxNode code) => symbol.DeclaringSyntaxReferences.FirstOrDefault() is { } at
        && at.SyntaxTree == code.SyntaxTree && code.Span.Contains(at.Span);

    ISymbol? Symbol(SimpleNameSyntax name) =>
        name.Parent is NameColonSyntax or NameEqualsSyntax
            || name is IdentifierNameSyntax { IsVar: true }
            || (name.Parent is MemberAccessExpressionSyntax access && access.Name == name)
            ? null
            : Model(name).GetSymbolInfo(name, cancellation).Symbol;

    ITypeSymbol? TypeOf(ExpressionSyntax expression)
    {
        var info = Model(expression).GetTypeInfo(expression, cancellation);
        return info.Type is null or IErrorTypeSymbol ? info.ConvertedType : info.Type;
    }

    static ExpressionSyntax Plain(ExpressionSyntax expression) => expression switch
    {
        ParenthesizedExpressionSyntax inner => Plain(inner.Expression),
        PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression } forgiven =>
            Plain(forgiven.Operand),
        _ => expression,
    };

    static bool IsNothing(ExpressionSyntax expression) => Plain(expression).Kind() is
        SyntaxKind.NullLiteralExpression or SyntaxKind.DefaultLiteralExpression;
}
