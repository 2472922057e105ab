using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Forwards;

/// <summary>Statements.</summary>
sealed partial class Translation
{
    string Block(IEnumerable<StatementSyntax> statements)
    {
        var lines = new List<string>();
        var isOver = false;
        foreach (var statement in statements)
        {
            // What a condition on training leaves unreachable need not be read, but functions are called from before.
            if ((!isOver || statement is LocalFunctionStatementSyntax) && Statement(statement) is { } line)
                lines.Add(Indented(line));
            isOver |= Ends(statement);
        }

        return lines.Count == 0 ? "{\n}" : $"{{\n{string.Join("\n", lines)}\n}}";
    }

    string Block(StatementSyntax? statement) => Block(
        statement is BlockSyntax block ? block.Statements
        : statement is null ? Enumerable.Empty<StatementSyntax>()
        : new[] { statement });

    bool Ends(StatementSyntax statement) => statement switch
    {
        ReturnStatementSyntax or ThrowStatementSyntax => true,
        BlockSyntax block => block.Statements.Any(Ends),
        IfStatementSyntax choice => Truth(choice.Condition) is { } truth
            && (truth ? Ends(choice.Statement) : choice.Else is { } other && Ends(other.Statement)),
        _ => false,
    };

    /// <summary>The statement; null where a graph needs none.</summary>
    string? Statement(StatementSyntax statement)
    {
        cancellation.ThrowIfCancellationRequested();
        if (++depth > MostNested)
            throw new ObstacleException(statement, "it is nested too deeply");
        try
        {
            return StatementKind(statement);
        }
        finally
        {
            depth--;
        }
    }

    string? StatementKind(StatementSyntax statement)
    {
        switch (statement)
        {
            case BlockSyntax block:
                return Block(block.Statements);
            case EmptyStatementSyntax:
                return null;
            case LocalDeclarationStatementSyntax local:
                return Declaration(local.Declaration);
            case ExpressionStatementSyntax { Expression: var expression }:
                return Effect(expression);
            case ReturnStatementSyntax { Expression: { } result }:
                return $"return {As(result, ResultOf(statement))};";
            case ReturnStatementSyntax:
                return "return;";
            case IfStatementSyntax choice:
                return Choice(choice);
            case ForEachStatementSyntax loop:
                return Each(loop);
            case ForEachVariableStatementSyntax loop when !Depends(loop.Expression) && !Depends(loop.Variable):
                return $"foreach ({Verbatim(loop.Variable)} in {Verbatim(loop.Expression)})\n{Block(loop.Statement)}";
            case ForStatementSyntax loop:
                return For(loop);
            case WhileStatementSyntax loop:
                return $"while ({Condition(loop.Condition)})\n{Block(loop.Statement)}";
            case DoStatementSyntax loop:
                return $"do\n{Block(loop.Statement)}\nwhile ({Condition(loop.Condition)});";
            case UsingStatementSyntax use:
                return Using(use);
            case LocalFunctionStatementSyntax function:
                return Function(function);
            case SwitchStatementSyntax choice when !Depends(choice.Expression):
                return Switch(choice);
            case BreakStatementSyntax:
                return "break;";
            case ContinueStatementSyntax:
                return "continue;";
            case ThrowStatementSyntax:
                return $"throw new {Graphs}.GraphException(\"forward throws here.\");";
            default:
                throw new ObstacleException(statement, "no graph has such a statement");
        }
    }

    ITypeSymbol ResultOf(StatementSyntax statement)
    {
        foreach (var around in statement.Ancestors())
        {
            var symbol = around switch
            {
                LocalFunctionStatementSyntax or MethodDeclarationSyntax =>
                    Model(around).GetDeclaredSymbol(around, cancellation) as IMethodSymbol,
                AnonymousFunctionExpressionSyntax =>
                    Model(around).GetSymbolInfo(around, cancellation).Symbol as IMethodSymbol,
                _ => null,
            };
            if (symbol is not null)
                return symbol.ReturnType;
        }

        throw new ObstacleException(statement, "it returns from nowhere");
    }

    string? Declaration(VariableDeclarationSyntax declaration)
    {
        var lines = declaration.Variables.Select(variable => Local(declaration, variable)).OfType<string>().ToList();
        return lines.Count == 0 ? null : string.Join("\n", lines);
    }

    string? Local(VariableDeclarationSyntax declaration, VariableDeclaratorSyntax variable)
    {
        if (Model(variable).GetDeclaredSymbol(variable, cancellation) is not ILocalSymbol { IsRef: false } local)
            throw new ObstacleException(variable, "it is no local variable");
        var name = Identifier(local.Name);
        if (IsScope(local.Type))
        {
            if (variable.Initializer is { } begun && Plain(begun.Value) is InvocationExpressionSyntax)
                CheckScope(begun.Value);
            scopes.Add(local);
            return null;
        }

        if (variable.Initializer is not { Value: var value })
            return $"{TypeText(local.Type, variable)} {name};";
        if (HoldsTensors(local.Type))
        {
            var type = declaration.Type.IsVar && !IsNothing(value) && Plain(value) is not CollectionExpressionSyntax
                ? "var"
                : TypeText(local.Type, variable);
            return $"{type} {name} = {As(value, local.Type)};";
        }

        if (!Depends(value))
            return $"{(declaration.Type.IsVar ? "var" : Verbatim(declaration.Type))} {name} = {Verbatim(value)};";
        var written = Expression(value);
        if (written.Kind == Kind.Size && IsWhole(local.Type))
        {
            sizes.Add(local);
            return $"{Graphs}.Dimension {name} = {written.Text};";
        }

        return written.Kind == Kind.Shape
            ? $"var {name} = {Remember(local, written.Text)};"
            : $"{TypeText(local.Type, variable)} {name} = {As(value, local.Type)};";
    }

    /// <summary>A local that holds a whole shape is a size, too: what is taken from it may be N.</summary>
    string Remember(ILocalSymbol local, string text)
    {
        sizes.Add(local);
        return text;
    }

    static bool IsScope(ITypeSymbol type) => type is { Name: "DisposeScope" };

    void CheckScope(ExpressionSyntax begun)
    {
        foreach (var part in begun.DescendantNodesAndSelf())
            Check(part);
    }

    string? Choice(IfStatementSyntax choice)
    {
        if (Truth(choice.Condition) is { } truth)
            return (truth ? choice.Statement : choice.Else?.Statement) is { } taken ? Statement(taken) : null;
        // A check of what is given: a graph is of inputs that pass it, and checks their shapes itself.
        if (choice.Else is null && OnlyThrows(choice.Statement) && Depends(choice.Condition))
            return $"// Inputs that pass the check {Quoted(choice.Condition).Trim('`')}.";
        var text = $"if ({Condition(choice.Condition)})\n{Block(choice.Statement)}";
        return choice.Else switch
        {
            null => text,
            { Statement: IfStatementSyntax next } when Truth(next.Condition) is null => $"{text}\nelse {{\n"
                + $"{Indented(Statement(next)!)}\n}}",
            var other => $"{text}\nelse\n{Block(other.Statement)}",
        };
    }

    static bool OnlyThrows(StatementSyntax statement) => statement is ThrowStatementSyntax
        || (statement is BlockSyntax { Statements: [var only] } && only is ThrowStatementSyntax);

    string Condition(ExpressionSyntax condition)
    {
        var written = Expression(condition);
        return written.Kind == Kind.Plain ? written.Text : throw new ObstacleException(condition, "it is no condition");
    }

    string Each(ForEachStatementSyntax loop)
    {
        if (Model(loop).GetDeclaredSymbol(loop, cancellation) is not { } local || loop.AwaitKeyword != default)
            throw new ObstacleException(loop, "it is no plain loop");
        var name = Identifier(local.Name);
        if (Depends(loop.Expression))
        {
            var all = Expression(loop.Expression);
            return all.Kind is Kind.Other && HoldsTensors(local.Type)
                ? $"foreach (var {name} in {all.Text})\n{Block(loop.Statement)}"
                : throw new ObstacleException(loop.Expression, "a loop over it depends on the input");
        }

        if (!HoldsTensors(local.Type))
            return $"foreach ({(loop.Type.IsVar ? "var" : Verbatim(loop.Type))} {name} in "
                + $"{Verbatim(loop.Expression)})\n{Block(loop.Statement)}";
        if (!TorchSymbols.IsTensor(local.Type))
            throw new ObstacleException(loop.Expression, "its elements hold tensors");
        return $"foreach (var {local.Name}Tensor in {Verbatim(loop.Expression)})\n{{\n"
            + $"    var {name} = {graph}.Held({Literal(local.Name)}, {local.Name}Tensor);\n"
            + $"{Indented(Block(loop.Statement))}\n}}";
    }

    string For(ForStatementSyntax loop)
    {
        if (loop.Declaration is { } declaration
            && (declaration.Variables.Any(variable => variable.Initializer is { } begin && Depends(begin.Value))
                || Model(loop).GetDeclaredSymbol(declaration.Variables[0], cancellation) is not ILocalSymbol counter
                || HoldsTensors(counter.Type)))
            throw new ObstacleException(declaration, "a loop from there depends on the input");
        var begin = loop.Declaration is { } own
            ? Verbatim(own)
            : string.Join(", ", loop.Initializers.Select(initial => Verbatim(Independent(initial))));
        var condition = loop.Condition is { } test ? Condition(test) : "";
        var steps = string.Join(", ", loop.Incrementors.Select(step => Verbatim(Independent(step))));
        return $"for ({begin}; {condition}; {steps})\n{Block(loop.Statement)}";
    }

    ExpressionSyntax Independent(ExpressionSyntax expression) => Depends(expression)
        ? throw new ObstacleException(expression, "it depends on the input")
        : expression;

    string? Using(UsingStatementSyntax use)
    {
        var held = use.Declaration is { } declaration ? Declaration(declaration)
            : use.Expression is { } expression && IsScope(TypeOf(expression)!) ? Nothing(expression)
            : throw new ObstacleException(use, "what it disposes of is no tensor");
        var body = Block(use.Statement);
        return held is null ? body : $"{{\n{Indented(held)}\n{Indented(body)}\n}}";
    }

    string? Nothing(ExpressionSyntax expression)
    {
        CheckScope(expression);
        return null;
    }

    string Function(LocalFunctionStatementSyntax function)
    {
        if (Model(function).GetDeclaredSymbol(function, cancellation) is not IMethodSymbol symbol
            || symbol.IsGenericMethod || symbol.IsAsync)
            throw new ObstacleException(function, "it is generic or asynchronous");
        if (IsClosed(symbol))
            return Verbatim(function);
        return $"{TypeText(symbol.ReturnType, function)} {Identifier(symbol.Name)}("
            + $"{string.Join(", ", Parameters(function.ParameterList, symbol))})\n"
            + Body(function.Body, function.ExpressionBody, symbol.ReturnType);
    }

    string Switch(SwitchStatementSyntax choice)
    {
        var sections = choice.Sections.Select(section =>
            $"{string.Join("\n", section.Labels.Select(Verbatim))}\n{Indented(Block(section.Statements))}");
        return $"switch ({Verbatim(choice.Expression)})\n{{\n{Indented(string.Join("\n", sections))}\n}}";
    }
}
