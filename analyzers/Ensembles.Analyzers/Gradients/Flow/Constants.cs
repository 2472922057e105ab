using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>What expressions in the source of a compilation may be constant numbers, told from their syntax.</summary>
sealed class Constants
{
    /// <summary>
    /// Members with an initial value, by their names: between which sizes the values lie, from 0 to infinity where one
    /// is not a literal.
    /// </summary>
    readonly Dictionary<string, (double Least, double Most)> members = [];

    /// <summary>
    /// All names of variables, parameters and members in source: any other may be a constant of a library.
    /// </summary>
    readonly HashSet<string> declared = [];

    public static Constants In(IEnumerable<SyntaxNode> roots)
    {
        var constants = new Constants();
        foreach (var node in roots.SelectMany(root => root.DescendantNodes()))
            constants.Take(node);
        return constants;
    }

    /// <summary>
    /// Whether a product with the expression, or a quotient by it, may enlarge a value: a constant above 1, or below 1
    /// to divide by.
    /// </summary>
    public bool Enlarges(ExpressionSyntax factor, bool divides)
    {
        factor = Plain(factor);
        if (Literal(factor) is { } value)
            return divides ? Math.Abs(value) < 1 : Math.Abs(value) > 1;
        return IsName(factor) && members.TryGetValue(NameOf(factor), out var sizes)
            ? divides ? sizes.Least < 1 : sizes.Most > 1
            : MayBeConstant(factor);
    }

    /// <summary>Whether the expression may be a constant.</summary>
    public bool MayBeConstant(ExpressionSyntax expression) => Plain(expression) switch
    {
        LiteralExpressionSyntax => true,
        BinaryExpressionSyntax binary => MayBeConstant(binary.Left) && MayBeConstant(binary.Right),
        PrefixUnaryExpressionSyntax unary => MayBeConstant(unary.Operand),
        ConditionalExpressionSyntax
            or SizeOfExpressionSyntax
            or DefaultExpressionSyntax
            or CheckedExpressionSyntax => true,
        // A member of a type of a library, whatever in source has its name.
        MemberAccessExpressionSyntax { Expression: PredefinedTypeSyntax } => true,
        MemberAccessExpressionSyntax { Expression: SimpleNameSyntax { Identifier.ValueText: var of } }
            when !declared.Contains(of) => true,
        SimpleNameSyntax or MemberAccessExpressionSyntax =>
            members.ContainsKey(NameOf(expression)) || !declared.Contains(NameOf(expression)),
        _ => false,
    };

    static bool IsName(ExpressionSyntax expression) => expression is SimpleNameSyntax or MemberAccessExpressionSyntax;

    void Take(SyntaxNode node)
    {
        switch (node)
        {
            case VariableDeclaratorSyntax variable:
                declared.Add(variable.Identifier.ValueText);
                var isConstant = variable.Parent?.Parent is FieldDeclarationSyntax
                    or LocalDeclarationStatementSyntax { IsConst: true };
                if (isConstant && variable.Initializer is { Value: var value })
                    Take(variable.Identifier.ValueText, value);
                break;
            case PropertyDeclarationSyntax property:
                declared.Add(property.Identifier.ValueText);
                if (property.Initializer is { Value: var initial })
                    Take(property.Identifier.ValueText, initial);
                break;
            case ParameterSyntax parameter:
                declared.Add(parameter.Identifier.ValueText);
                break;
            case SingleVariableDesignationSyntax designation:
                declared.Add(designation.Identifier.ValueText);
                break;
            case ForEachStatementSyntax loop:
                declared.Add(loop.Identifier.ValueText);
                break;
            case EnumMemberDeclarationSyntax member:
                members[member.Identifier.ValueText] = (0, double.PositiveInfinity);
                break;
        }
    }

    void Take(string name, ExpressionSyntax initial)
    {
        // What is made by a call is no constant of the compiler's.
        if (Plain(initial) is InvocationExpressionSyntax or BaseObjectCreationExpressionSyntax)
            return;
        var (least, most) = Literal(Plain(initial)) is { } value
            ? (Math.Abs(value), Math.Abs(value))
            : (0, double.PositiveInfinity);
        members[name] = members.TryGetValue(name, out var sizes)
            ? (Math.Min(sizes.Least, least), Math.Max(sizes.Most, most))
            : (least, most);
    }

    /// <summary>The expression without parentheses and casts.</summary>
    static ExpressionSyntax Plain(ExpressionSyntax expression) => expression switch
    {
        ParenthesizedExpressionSyntax parenthesized => Plain(parenthesized.Expression),
        CastExpressionSyntax cast => Plain(cast.Expression),
        PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression } forgiving =>
            Plain(forgiving.Operand),
        _ => expression,
    };

    /// <summary>The number that is written; null for anything but a literal with or without a sign.</summary>
    static double? Literal(ExpressionSyntax expression) => expression switch
    {
        LiteralExpressionSyntax { Token.Value: double or float or int or long or decimal } literal =>
            Convert.ToDouble(literal.Token.Value, System.Globalization.CultureInfo.InvariantCulture),
        PrefixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.UnaryMinusExpression } negative =>
            -Literal(Plain(negative.Operand)),
        _ => null,
    };

    static string NameOf(ExpressionSyntax expression) => expression switch
    {
        SimpleNameSyntax name => name.Identifier.ValueText,
        MemberAccessExpressionSyntax access => access.Name.Identifier.ValueText,
        ParenthesizedExpressionSyntax or CastExpressionSyntax => NameOf(Plain(expression)),
        _ => "",
    };
}
