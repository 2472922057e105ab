using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Forwards;

/// <summary>Expressions.</summary>
sealed partial class Translation
{
    /// <summary>An expression where a value of a type is wanted.</summary>
    string As(ExpressionSyntax expression, ITypeSymbol? type)
    {
        if (TorchSymbols.IsTensor(type))
            return Term(expression);
        if (HoldsTensors(type))
        {
            if (IsNothing(expression))
                return Plain(expression).ToString();
            var holder = Expression(expression);
            return holder.Kind == Kind.Other
                ? holder.Text
                : throw new ObstacleException(expression, "it holds tensors that do not come from the input");
        }

        return Number(expression, type);
    }

    /// <summary>A plain value; a size as a number.</summary>
    string Number(ExpressionSyntax expression, ITypeSymbol? type)
    {
        var written = Expression(expression);
        return written.Kind switch
        {
            Kind.Plain => written.Text,
            Kind.Size when IsWhole(type) && type!.SpecialType != SpecialType.System_Int64 =>
                $"({type.ToDisplayString()}){Fixed(written)}",
            Kind.Size => Fixed(written),
            _ => throw new ObstacleException(expression, "a tensor is used as something else"),
        };
    }

    /// <summary>A size as a number, where it does not depend on how many images there are.</summary>
    static string Fixed(Written size) => $"({size.Text}).Number";

    /// <summary>A tensor as a term.</summary>
    string Term(ExpressionSyntax expression)
    {
        if (IsNothing(expression))
            return "null";
        if (!Depends(expression))
        {
            return TypeOf(expression) is INamedTypeSymbol type && IsTensorOrDerived(type)
                ? $"{graph}.Held({Literal(NameFor(expression))}, {Verbatim(expression)})"
                : throw new ObstacleException(expression, "it is no tensor");
        }

        var written = Expression(expression);
        return written.Kind == Kind.Term ? written.Text : throw new ObstacleException(expression, "it is no tensor");
    }

    static bool IsTensorOrDerived(INamedTypeSymbol type) =>
        TorchSymbols.IsTensor(type) || TorchSymbols.IsTensor(type.BaseType);

    /// <summary>What a constant is called in the graph: as a field is, where it is one.</summary>
    static string NameFor(ExpressionSyntax expression)
    {
        var plain = Plain(expression);
        var text = plain.ToString().Replace("this.", "");
        return plain is IdentifierNameSyntax or MemberAccessExpressionSyntax
            && text.All(c => char.IsLetterOrDigit(c) || c is '_' or '.')
            ? text
            : "constant";
    }

    static string Literal(string text) => SymbolDisplay.FormatLiteral(text, quote: true);

    Written Expression(ExpressionSyntax expression)
    {
        cancellation.ThrowIfCancellationRequested();
        if (++depth > MostNested)
            throw new ObstacleException(expression, "it is nested too deeply");
        try
        {
            if (Truth(expression) is { } truth)
                return new(truth ? "true" : "false", Kind.Plain);
            if (expression is ConditionalExpressionSyntax choice && Truth(choice.Condition) is { } taken)
                return Expression(taken ? choice.WhenTrue : choice.WhenFalse);
            var isConstant = Model(expression).GetConstantValue(expression, cancellation).HasValue;
            return !isConstant && (Depends(expression) || MakesTensorHolder(expression))
                ? ExpressionKind(expression)
                : new(Verbatim(expression), Kind.Plain);
        }
        finally
        {
            depth--;
        }
    }

    /// <summary>Whether it makes a list or an array for tensors, which then holds terms.</summary>
    bool MakesTensorHolder(ExpressionSyntax expression) =>
        expression is BaseObjectCreationExpressionSyntax or ArrayCreationExpressionSyntax
        && HoldsTensors(TypeOf(expression));

    Written ExpressionKind(ExpressionSyntax expression)
    {
        switch (expression)
        {
            case ParenthesizedExpressionSyntax inner:
                var within = Expression(inner.Expression);
                return within with { Text = $"({within.Text})" };
            case PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression } forgiven:
                return Expression(forgiven.Operand);
            case IdentifierNameSyntax name:
                return Name(name);
            case MemberAccessExpressionSyntax access:
                return Access(access);
            case ElementAccessExpressionSyntax element:
                return Element(element);
            case PrefixUnaryExpressionSyntax unary:
                return Unary(unary);
            case BinaryExpressionSyntax binary:
                return Binary(binary);
            case ConditionalExpressionSyntax choice:
                return Conditional(choice);
            case CastExpressionSyntax cast:
                return Cast(cast);
            case AssignmentExpressionSyntax assignment:
                return Assignment(assignment);
            case InvocationExpressionSyntax call:
                return Call(call);
            case ConditionalAccessExpressionSyntax access:
                return Maybe(access);
            case IsPatternExpressionSyntax matched:
                return Matched(matched);
            case TupleExpressionSyntax tuple:
                return Tuple(tuple);
            case CollectionExpressionSyntax collection:
                return new($"[{string.Join(", ", collection.Elements.Select(CollectionElement))}]", Kind.Other);
            case ImplicitArrayCreationExpressionSyntax array when HoldsTensors(TypeOf(array)):
                return new($"new[] {{ {Elements(array.Initializer)} }}", Kind.Other);
            case ArrayCreationExpressionSyntax array:
                return Array(array);
            case BaseObjectCreationExpressionSyntax creation when HoldsTensors(TypeOf(creation)):
                return Creation(creation);
            case AnonymousFunctionExpressionSyntax lambda:
                return Lambda(lambda);
            case SwitchExpressionSyntax choice:
                return Switch(choice);
            default:
                throw new ObstacleException(expression, "no graph has such an expression");
        }
    }

    Written Name(IdentifierNameSyntax name)
    {
        var symbol = Model(name).GetSymbolInfo(name, cancellation).Symbol;
        var text = name.Identifier.Text;
        if (symbol is ILocalSymbol local)
        {
            if (local.DeclaringSyntaxReferences.FirstOrDefault() is { Span.Start: var declared }
                && declared > name.SpanStart)
                throw new ObstacleException(name, "it is used before it is declared");
            if (sizes.Contains(local))
                return new(text, IsWhole(local.Type) ? Kind.Size : Kind.Shape);
            return new(text, TorchSymbols.IsTensor(local.Type) ? Kind.Term : Kind.Other);
        }

        return symbol switch
        {
            IParameterSymbol parameter => new(text, TorchSymbols.IsTensor(parameter.Type) ? Kind.Term : Kind.Other),
            IMethodSymbol { MethodKind: MethodKind.LocalFunction } => new(text, Kind.Other),
            _ => throw new ObstacleException(name, "it is no local variable"),
        };
    }

    Written Access(MemberAccessExpressionSyntax access)
    {
        var of = Expression(access.Expression);
        var name = access.Name.Identifier.ValueText;
        var symbol = Model(access).GetSymbolInfo(access, cancellation).Symbol;
        return (of.Kind, name) switch
        {
            (Kind.Term, "shape") => new($"{of.Text}.shape", Kind.Shape),
            (Kind.Term, "ndim") => new($"{of.Text}.dim()", Kind.Plain),
            (Kind.Shape, "Length") => new($"{of.Text}.Count", Kind.Plain),
            (Kind.Other, "Count" or "Length") when symbol is IPropertySymbol => new($"{of.Text}.{name}", Kind.Plain),
            (Kind.Other, _) when symbol is IFieldSymbol { ContainingType.IsTupleType: true } field =>
                new($"{of.Text}.{access.Name}", KindOf(field.Type)),
            (Kind.Term, "H" or "mT" or "T") when name == "T" => new($"{of.Text}.t()", Kind.Term),
            (Kind.Term, _) => throw new ObstacleException(access, $"no graph has `{name}` of a tensor"),
            _ => throw new ObstacleException(access, "it depends on the input"),
        };
    }

    Kind KindOf(ITypeSymbol type) =>
        TorchSymbols.IsTensor(type) ? Kind.Term : HoldsTensors(type) ? Kind.Other : Kind.Plain;

    Written Element(ElementAccessExpressionSyntax element)
    {
        var of = Expression(element.Expression);
        var indices = element.ArgumentList.Arguments;
        if (of.Kind is Kind.Shape or Kind.Other
            && indices is [{ Expression: var index }]
            && !Depends(index)
            && index is not RangeExpressionSyntax)
        {
            var text = $"{of.Text}[{Verbatim(index)}]";
            return of.Kind == Kind.Shape
                ? new(text, Kind.Size)
                : TypeOf(element) is { } type && HoldsTensors(type) ? new(text, KindOf(type))
                : throw new ObstacleException(element, "it depends on the input");
        }

        return of.Kind == Kind.Term
            ? new($"{Receiver(element.Expression)}[{string.Join(", ", indices.Select(Place))}]", Kind.Term)
            : throw new ObstacleException(element, "it depends on the input");
    }

    Written Unary(PrefixUnaryExpressionSyntax unary)
    {
        if (unary.Kind() is SyntaxKind.IndexExpression or SyntaxKind.AddressOfExpression
            or SyntaxKind.PointerIndirectionExpression)
            throw new ObstacleException(unary, "it depends on the input");
        if (unary.Kind() is SyntaxKind.PreIncrementExpression or SyntaxKind.PreDecrementExpression)
            return Step(unary, unary.Operand, unary.IsKind(SyntaxKind.PreIncrementExpression));
        var operand = Expression(unary.Operand);
        return operand.Kind switch
        {
            Kind.Term when unary.IsKind(SyntaxKind.UnaryMinusExpression) => new($"-{operand.Text}", Kind.Term),
            Kind.Plain => new($"{unary.OperatorToken.Text}{operand.Text}", Kind.Plain),
            Kind.Size => new($"{unary.OperatorToken.Text}{Fixed(operand)}", Kind.Plain),
            _ => throw new ObstacleException(unary, $"no graph has `{unary.OperatorToken.Text}`"),
        };
    }

    Written Step(ExpressionSyntax step, ExpressionSyntax target, bool up) =>
        step.Parent is ExpressionStatementSyntax && Expression(target) is { Kind: Kind.Size, Text: var text }
            ? new($"{text} {(up ? "+=" : "-=")} 1", Kind.Size)
            : throw new ObstacleException(step, "it depends on the input");
}
