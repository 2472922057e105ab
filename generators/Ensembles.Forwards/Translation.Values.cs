using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Forwards;

/// <summary>Operators, assignments, and what holds several values.</summary>
sealed partial class Translation
{
    /// <summary>The locals and parameters whose tensor has another name, too; found when first asked for.</summary>
    HashSet<ISymbol>? shared;

    Written Binary(BinaryExpressionSyntax binary)
    {
        var operation = binary.OperatorToken.Text;
        var isArithmetic = operation is "+" or "-" or "*" or "/";
        var type = TypeOf(binary);
        if (TorchSymbols.IsTensor(type))
        {
            if (operation == "??")
                return new($"{Term(binary.Left)} ?? {Term(binary.Right)}", Kind.Term);
            return operation switch
            {
                "+" or "-" or "*" or "/" =>
                    new($"{Operand(binary.Left)} {operation} {Operand(binary.Right)}", Kind.Term),
                ">" => Compared("gt"),
                ">=" => Compared("ge"),
                "<" => Compared("lt"),
                "<=" => Compared("le"),
                _ => throw new ObstacleException(binary, $"no graph has `{operation}` of tensors"),
            };
        }

        if (operation is "==" or "!=" && (IsNothing(binary.Left) || IsNothing(binary.Right)))
        {
            var other = IsNothing(binary.Left) ? binary.Right : binary.Left;
            return new($"{Expression(other).Text} is {(operation == "==" ? "null" : "not null")}", Kind.Plain);
        }

        var (left, right) = (Expression(binary.Left), Expression(binary.Right));
        if (left.Kind is not (Kind.Plain or Kind.Size) || right.Kind is not (Kind.Plain or Kind.Size))
            throw new ObstacleException(binary, "what comes out depends on the pixels");
        if (isArithmetic && IsWhole(type) && (left.Kind == Kind.Size || right.Kind == Kind.Size))
            return new($"{left.Text} {operation} {right.Text}", Kind.Size);
        return new($"{AsNumber(left)} {operation} {AsNumber(right)}", Kind.Plain);

        Written Compared(string function) => binary.Left is var first && TorchSymbols.IsTensor(TypeOf(first))
            ? new($"({Term(first)}).{function}({Operand(binary.Right)})", Kind.Term)
            : throw new ObstacleException(binary, "a number is compared with a tensor; turn it round");

        static string AsNumber(Written one) => one.Kind == Kind.Size ? Fixed(one) : one.Text;
    }

    /// <summary>A term, or a number beside one.</summary>
    string Operand(ExpressionSyntax operand)
    {
        var type = TypeOf(operand);
        return IsNumber(type) ? Number(operand, type) : Term(operand);
    }

    Written Assignment(AssignmentExpressionSyntax assignment)
    {
        var operation = assignment.OperatorToken.Text;
        if (assignment.Left is TupleExpressionSyntax or DeclarationExpressionSyntax)
            return Deconstruction(assignment);
        if (assignment.Left is ElementAccessExpressionSyntax element && operation == "="
            && !TorchSymbols.IsTensor(TypeOf(element.Expression))
            && Expression(element) is { Kind: Kind.Term or Kind.Other } place && IsLocal(element.Expression))
            return new($"{place.Text} = {As(assignment.Right, TypeOf(element))}", place.Kind);
        if (!IsLocal(assignment.Left))
            throw new ObstacleException(assignment, "it keeps something for later calls");
        var target = Identifier(((IdentifierNameSyntax)assignment.Left).Identifier.ValueText);
        var type = TypeOf(assignment.Left);
        if (HoldsTensors(type))
            return operation switch
            {
                "=" or "??=" => new($"{target} {operation} {As(assignment.Right, type)}", KindOf(type!)),
                "+=" or "-=" or "*=" or "/=" => new($"{target} {operation} {Operand(assignment.Right)}", Kind.Term),
                _ => throw new ObstacleException(assignment, $"no graph has `{operation}` of tensors"),
            };
        if (!Depends(assignment.Left))
            return new($"{target} {operation} {As(assignment.Right, type)}", Kind.Plain);
        var value = Expression(assignment.Right);
        return value.Kind is Kind.Plain or Kind.Size && operation is "=" or "+=" or "-=" or "*=" or "/="
            ? new($"{target} {operation} {value.Text}", Kind.Size)
            : throw new ObstacleException(assignment, "no size is computed like this");
    }

    Written Deconstruction(AssignmentExpressionSyntax assignment)
    {
        if (Plain(assignment.Right) is TupleExpressionSyntax tuple
            && assignment.Left is DeclarationExpressionSyntax
            {
                Designation: ParenthesizedVariableDesignationSyntax names,
            }
            && names.Variables.Count == tuple.Arguments.Count
            && names.Variables.All(name => name is SingleVariableDesignationSyntax or DiscardDesignationSyntax))
        {
            // One by one, so that sizes are known as such.
            var parts = names.Variables.Zip(tuple.Arguments, (name, argument) => (name, argument.Expression)).ToList();
            var values = parts.Select(part => Declared(part.name, part.Expression)).ToList();
            return new(
                $"var ({string.Join(", ", parts.Select(part => part.name.ToString()))}) = "
                    + $"({string.Join(", ", values)})",
                Kind.Other);
        }

        var type = TypeOf(assignment.Right);
        var left = assignment.Left switch
        {
            DeclarationExpressionSyntax { Type.IsVar: true } declaration => Verbatim(declaration),
            TupleExpressionSyntax targets => $"({string.Join(", ", targets.Arguments.Select(Target))})",
            _ => throw new ObstacleException(assignment, "no graph has such an assignment"),
        };
        return new($"{left} = {As(assignment.Right, type)}", Kind.Other);

        string Target(ArgumentSyntax target) => target.Expression switch
        {
            DeclarationExpressionSyntax { Designation: SingleVariableDesignationSyntax single } =>
                $"var {single.Identifier.Text}",
            IdentifierNameSyntax { Identifier.ValueText: "_" } => "_",
            IdentifierNameSyntax name when IsLocal(name) && !sizes.Contains(Symbol(name)!) => name.Identifier.Text,
            _ => throw new ObstacleException(target, "it is no local variable"),
        };
    }

    string Declared(VariableDesignationSyntax name, ExpressionSyntax value)
    {
        if (name is not SingleVariableDesignationSyntax single
            || Model(name).GetDeclaredSymbol(single, cancellation) is not ILocalSymbol local)
            return Expression(value).Text;
        if (HoldsTensors(local.Type))
            return As(value, local.Type);
        var written = Expression(value);
        if (written.Kind is Kind.Size or Kind.Shape)
            sizes.Add(local);
        return written.Text;
    }

    Written Tuple(TupleExpressionSyntax tuple)
    {
        var elements = tuple.Arguments.Select(argument =>
            (argument.NameColon is { } name ? $"{name.Name}: " : "")
                + As(argument.Expression, TypeOf(argument.Expression)));
        return new($"({string.Join(", ", elements)})", HoldsTensors(TypeOf(tuple)) ? Kind.Other : Kind.Plain);
    }

    string CollectionElement(CollectionElementSyntax element) => element switch
    {
        ExpressionElementSyntax { Expression: var expression } => As(expression, TypeOf(expression)),
        SpreadElementSyntax { Expression: var all } when Expression(all) is { Kind: Kind.Other } spread =>
            $".. {spread.Text}",
        _ => throw new ObstacleException(element, "it holds tensors that do not come from the input"),
    };

    string Elements(InitializerExpressionSyntax? initializer) => initializer is null ? "" : string.Join(
        ", ", initializer.Expressions.Select(element => As(element, TypeOf(element))));

    Written Array(ArrayCreationExpressionSyntax array)
    {
        var type = TypeOf(array) as IArrayTypeSymbol;
        if (!HoldsTensors(type) || type is not { Rank: 1, ElementType: var element })
            throw new ObstacleException(array, "it depends on the input");
        if (array.Initializer is { } initializer)
            return new($"new {TypeText(element, array)}[] {{ {Elements(initializer)} }}", Kind.Other);
        return array.Type.RankSpecifiers is [{ Sizes: [var size] }] && !HoldsTensorsWithin(element)
            ? new($"new {TypeText(element, array)}[{Number(size, TypeOf(size))}]", Kind.Other)
            : throw new ObstacleException(array, "it is an array of arrays");
    }

    bool HoldsTensorsWithin(ITypeSymbol element) => element is IArrayTypeSymbol && HoldsTensors(element);

    Written Creation(BaseObjectCreationExpressionSyntax creation)
    {
        var type = TypeOf(creation);
        if (type?.ContainingNamespace?.ToDisplayString() != "System.Collections.Generic")
            throw new ObstacleException(creation, $"a `{type?.Name}` holds tensors");
        var arguments = creation.ArgumentList?.Arguments.Select(argument =>
            As(argument.Expression, TypeOf(argument.Expression))) ?? [];
        if (creation.Initializer is { Expressions: var expressions }
            && expressions.Any(expression => expression is AssignmentExpressionSyntax or InitializerExpressionSyntax))
            throw new ObstacleException(creation, "no graph has such a list");
        var initializer = creation.Initializer is { } list ? $" {{ {Elements(list)} }}" : "";
        return new(
            $"new {TypeText(type!.WithNullableAnnotation(NullableAnnotation.NotAnnotated), creation)}"
                + $"({string.Join(", ", arguments)}){initializer}",
            Kind.Other);
    }

    Written Lambda(AnonymousFunctionExpressionSyntax lambda)
    {
        if (Model(lambda).GetSymbolInfo(lambda, cancellation).Symbol is not IMethodSymbol function
            || function.IsAsync || function.Parameters.Any(parameter => parameter.RefKind != RefKind.None))
            throw new ObstacleException(lambda, "it is no plain function");
        var hasTypes = lambda is AnonymousMethodExpressionSyntax
            or ParenthesizedLambdaExpressionSyntax { ParameterList.Parameters: [{ Type: not null }, ..] };
        var parameters = string.Join(", ", function.Parameters.Select(parameter =>
            (hasTypes ? $"{TypeText(parameter.Type, lambda)} " : "")
            + (parameter.IsDiscard ? "_" : Identifier(parameter.Name))));
        var body = lambda.Body switch
        {
            BlockSyntax block => Block(block.Statements),
            ExpressionSyntax expression when function.ReturnsVoid => Effect(expression) is { } effect
                ? $"{{ {effect} }}"
                : "{ }",
            ExpressionSyntax expression => As(expression, function.ReturnType),
            _ => throw new ObstacleException(lambda, "it has no code"),
        };
        return new($"({parameters}) => {body}", Kind.Other);
    }

    /// <summary>Throws where what changes in place has another name, under which the change would be missed.</summary>
    void CheckAlone(ExpressionSyntax target, SyntaxNode change)
    {
        var symbol = Model(target).GetSymbolInfo(target, cancellation).Symbol;
        shared ??= new(method.DescendantNodes().SelectMany(node => node switch
        {
            VariableDeclaratorSyntax { Initializer.Value: var value } =>
                [Model(node).GetDeclaredSymbol(node, cancellation), NamedIn(value)],
            AssignmentExpressionSyntax { Left: var left, Right: var right } => [NamedIn(left), NamedIn(right)],
            _ => System.Array.Empty<ISymbol?>(),
        } is [{ } a, { } b] ? [a, b] : System.Array.Empty<ISymbol>()), SymbolEqualityComparer.Default);
        if (symbol is IParameterSymbol || shared.Contains(symbol!))
            throw new ObstacleException(
                change, "it changes a tensor in place that has another name, too; without the underscore it would not");
    }

    /// <summary>The local whose tensor an expression shows, be it from another side.</summary>
    ISymbol? NamedIn(ExpressionSyntax expression) => Plain(expression) switch
    {
        IdentifierNameSyntax name => Model(name).GetSymbolInfo(name, cancellation).Symbol,
        InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax access }
            when TorchNames.Viewing.Contains(access.Name.Identifier.ValueText) => NamedIn(access.Expression),
        ElementAccessExpressionSyntax element => NamedIn(element.Expression),
        MemberAccessExpressionSyntax { Name.Identifier.ValueText: "T" or "mT" or "H" } turned =>
            NamedIn(turned.Expression),
        _ => null,
    };
}
