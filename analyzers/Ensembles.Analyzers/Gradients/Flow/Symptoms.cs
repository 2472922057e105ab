using Ensembles.Forwards;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>
/// What a break of a gradient cannot be without, in the syntax: the names of <see cref="TorchNames"/>, comparisons that
/// may be of tensors, conversions, large factors.
/// </summary>
sealed class Symptoms(Constants constants)
{
    /// <summary>
    /// Names that are symptoms where they are called, read or handed on; in place, an underscore follows them.
    /// </summary>
    static readonly HashSet<string> used =
    [
        .. TorchNames.Cutting, .. TorchNames.WithPositions, .. TorchNames.Drawing, .. TorchNames.DrawingInPlace,
        .. TorchNames.DrawingInTraining, .. TorchNames.Normalizing,
        .. TorchNames.ScopesWithoutGradient, "scaled_dot_product_attention", "bytes", "train", "forward",
        "remainder", "fmod",
        "normal", "uniform", "random", "exponential", "geometric", "cauchy", "log_normal",
        .. TorchNames.IntegerTypes, .. TorchNames.BooleanTypes,
        "Next", "NextDouble", "NextSingle", "NextInt64", "NextBytes", "GetInt32", "GetBytes", "GetNonZeroBytes",
        "GetString", "GetHexString", "Fill", "GetItems", "Shuffle",
    ];

    /// <summary>Names that are symptoms wherever they stand.</summary>
    static readonly HashSet<string> named =
        [.. TorchNames.DrawingModules, "Softmax", "Softmin", "Random", "RandomNumberGenerator", "Generator"];

    static readonly HashSet<string> products = ["mul", "multiply"];

    static readonly HashSet<string> quotients = ["div", "divide", "true_divide"];

    public bool AreIn(SyntaxNode type) => type.DescendantNodes().Any(IsOne);

    bool IsOne(SyntaxNode node) => node switch
    {
        SimpleNameSyntax name => IsOne(name),
        CastExpressionSyntax cast =>
            cast.Expression is not (
                LiteralExpressionSyntax or PrefixUnaryExpressionSyntax { Operand: LiteralExpressionSyntax }),
        ForEachStatementSyntax loop => loop.Type is not IdentifierNameSyntax { Identifier.ValueText: "var" },
        BinaryExpressionSyntax binary => IsOne(binary),
        AssignmentExpressionSyntax assignment => assignment.Kind() switch
        {
            SyntaxKind.AndAssignmentExpression
                or SyntaxKind.OrAssignmentExpression
                or SyntaxKind.ModuloAssignmentExpression
                or SyntaxKind.ExclusiveOrAssignmentExpression => true,
            SyntaxKind.MultiplyAssignmentExpression => constants.Enlarges(assignment.Right, divides: false),
            SyntaxKind.DivideAssignmentExpression => constants.Enlarges(assignment.Right, divides: true),
            _ => false,
        },
        InvocationExpressionSyntax call when CalledName(call) is { } called =>
            products.Contains(called) && Enlarge(call, divides: false)
                || quotients.Contains(called) && Enlarge(call, divides: true),
        _ => false,
    };

    static bool IsOne(SimpleNameSyntax name)
    {
        var text = name.Identifier.ValueText;
        if (named.Contains(text) || TorchNames.IsDrawingTransform(text))
            return true;
        return (used.Contains(text) || used.Contains(Plain(text))) && name.Parent switch
        {
            // Of "a.b" and "a?.b" the last name is what is used, and of a chain the links before it in turn.
            MemberAccessExpressionSyntax access => access.Name == name,
            VariableDeclarationSyntax
                or ParameterSyntax
                or TypeArgumentListSyntax
                or BaseTypeSyntax
                or NameColonSyntax => false,
            _ => true,
        };
    }

    bool IsOne(BinaryExpressionSyntax binary) => binary.Kind() switch
    {
        SyntaxKind.EqualsExpression
            or SyntaxKind.NotEqualsExpression
            or SyntaxKind.LessThanExpression
            or SyntaxKind.LessThanOrEqualExpression
            or SyntaxKind.GreaterThanExpression or SyntaxKind.GreaterThanOrEqualExpression => !IsCondition(binary),
        // A value without the rest of its division by a step.
        SyntaxKind.ModuloExpression => true,
        SyntaxKind.BitwiseAndExpression or SyntaxKind.BitwiseOrExpression or SyntaxKind.ExclusiveOrExpression => true,
        // A product of constants is a constant, and is seen where it is a factor itself.
        SyntaxKind.MultiplyExpression =>
            !constants.MayBeConstant(binary)
                && (
                    constants.Enlarges(binary.Left, divides: false)
                        || constants.Enlarges(binary.Right, divides: false)),
        SyntaxKind.DivideExpression =>
            !constants.MayBeConstant(binary) && constants.Enlarges(binary.Right, divides: true),
        _ => false,
    };

    /// <summary>Whether an expression decides what runs: then it is a bool, and no tensor.</summary>
    static bool IsCondition(ExpressionSyntax expression) => expression.Parent switch
    {
        ParenthesizedExpressionSyntax
            or PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalNotExpression } =>
                IsCondition((ExpressionSyntax)expression.Parent),
        BinaryExpressionSyntax { RawKind: (int)SyntaxKind.LogicalAndExpression
            or (int)SyntaxKind.LogicalOrExpression } => true,
        IfStatementSyntax or WhileStatementSyntax or DoStatementSyntax => true,
        ForStatementSyntax loop => loop.Condition == expression,
        ConditionalExpressionSyntax choice => choice.Condition == expression,
        _ => false,
    };

    bool Enlarge(InvocationExpressionSyntax call, bool divides) =>
        call.ArgumentList.Arguments.Any(argument => constants.Enlarges(argument.Expression, divides));

    static string? CalledName(InvocationExpressionSyntax call) => call.Expression switch
    {
        SimpleNameSyntax name => Plain(name.Identifier.ValueText),
        MemberAccessExpressionSyntax access => Plain(access.Name.Identifier.ValueText),
        MemberBindingExpressionSyntax binding => Plain(binding.Name.Identifier.ValueText),
        _ => null,
    };

    static string Plain(string name) =>
        name.EndsWith("_", StringComparison.Ordinal) && name.Length > 1 ? name.Substring(0, name.Length - 1) : name;
}
