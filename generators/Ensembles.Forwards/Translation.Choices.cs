using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Forwards;

/// <summary>Choices, and what a value is taken for.</summary>
sealed partial class Translation
{
    Written Conditional(ConditionalExpressionSyntax choice)
    {
        var condition = Condition(choice.Condition);
        var type = TypeOf(choice);
        if (HoldsTensors(type))
            return new($"{condition} ? {As(choice.WhenTrue, type)} : {As(choice.WhenFalse, type)}", KindOf(type!));
        var (yes, no) = (Expression(choice.WhenTrue), Expression(choice.WhenFalse));
        if ((yes.Kind == Kind.Size || no.Kind == Kind.Size) && IsWhole(type))
            return new($"{condition} ? ({Graphs}.Dimension)({yes.Text}) : ({Graphs}.Dimension)({no.Text})", Kind.Size);
        return new($"{condition} ? {Number(choice.WhenTrue, type)} : {Number(choice.WhenFalse, type)}", Kind.Plain);
    }

    Written Cast(CastExpressionSyntax cast)
    {
        var type = Model(cast).GetTypeInfo(cast.Type, cancellation).Type;
        var operand = Expression(cast.Expression);
        return operand.Kind switch
        {
            Kind.Size when IsWhole(type) => operand,
            Kind.Size => new($"({TypeText(type, cast)}){Fixed(operand)}", Kind.Plain),
            Kind.Term when TorchSymbols.IsTensor(type) => operand,
            Kind.Plain => new($"({TypeText(type, cast)})({operand.Text})", Kind.Plain),
            _ => throw new ObstacleException(cast, "a tensor becomes a number, which depends on the pixels"),
        };
    }

    Written Matched(IsPatternExpressionSyntax matched)
    {
        var value = Expression(matched.Expression);
        if (value.Kind == Kind.Size)
            return new($"{Fixed(value)} is {Verbatim(matched.Pattern)}", Kind.Plain);
        return value.Kind is Kind.Plain
            || (value.Kind is Kind.Term or Kind.Other
                && !matched.Pattern.DescendantNodes().Any(part => part is TypeSyntax or SubpatternSyntax))
            ? new($"{value.Text} is {Verbatim(matched.Pattern)}", Kind.Plain)
            : throw new ObstacleException(matched, "what a tensor is depends on the input");
    }

    Written Switch(SwitchExpressionSyntax choice)
    {
        var (type, by) = (TypeOf(choice), choice.GoverningExpression);
        var governing = !Depends(by) ? Verbatim(by)
            : Expression(by) is { Kind: Kind.Size } size ? Fixed(size)
            : throw new ObstacleException(by, "it depends on the input");
        var arms = choice.Arms.Select(arm =>
            $"{Verbatim(arm.Pattern)}{(arm.WhenClause is { } when ? $" when {Condition(when.Condition)}" : "")} => "
            + (arm.Expression is ThrowExpressionSyntax
                ? $"throw new {Graphs}.GraphException(\"forward throws here.\")"
                : As(arm.Expression, type)));
        return new(
            $"{governing} switch\n{{\n{Indented(string.Join(",\n", arms))},\n}}",
            KindOf(type!));
    }
}
