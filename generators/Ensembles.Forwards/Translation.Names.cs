using System.Text;
using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Forwards;

/// <summary>
/// Code that does not depend on the input: as it is written, with names that mean the same in another file.
/// </summary>
sealed partial class Translation
{
    string Verbatim(SyntaxNode node)
    {
        var changes = new List<(int Start, int End, string Text)>();
        foreach (var part in node.DescendantNodesAndSelf())
        {
            cancellation.ThrowIfCancellationRequested();
            if (changes.Count > 0 && part.SpanStart < changes[changes.Count - 1].End)
                continue;
            Check(part);
            if (Replacement(part) is { } text)
                changes.Add((part.SpanStart, part.Span.End, text));
            else if (part is SimpleNameSyntax name && Prefix(name) is { } prefix)
                changes.Add((name.SpanStart, name.SpanStart, prefix));
        }

        if (node.DescendantTokens().FirstOrDefault(token =>
            token.Kind() is not SyntaxKind.None && token.Text.Contains('\n')) is { Parent: { } lines })
            throw new ObstacleException(lines, "its text goes over several lines");
        var written = new StringBuilder();
        var at = node.SpanStart;
        var source = node.ToString();
        foreach (var (start, end, text) in changes)
        {
            written.Append(source, at - node.SpanStart, start - at).Append(text);
            at = end;
        }

        return written.Append(source, at - node.SpanStart, node.Span.End - at).Replace("\r", "").ToString();
    }

    /// <summary>What stands in the place of an expression; null where it stays.</summary>
    string? Replacement(SyntaxNode node)
    {
        if (node is ExpressionSyntax condition and (IdentifierNameSyntax or MemberAccessExpressionSyntax)
            && IsTraining(condition))
            return "false";
        if (node is InvocationExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.ValueText: "nameof" } }
            && Model(node).GetConstantValue(node, cancellation).Value is string name)
            return SymbolDisplay.FormatLiteral(name, quote: true);
        if (node is not NameSyntax type || IsBehindAName(node) || node is IdentifierNameSyntax { IsVar: true })
            return null;
        return Model(node).GetSymbolInfo(node, cancellation).Symbol switch
        {
            INamedTypeSymbol named when node.Parent is not AttributeSyntax => Named(named, type),
            INamespaceSymbol space => space.ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat),
            _ => null,
        };
    }

    /// <summary>The class of a static member that is written without it.</summary>
    string? Prefix(SimpleNameSyntax name)
    {
        var symbol = Model(name).GetSymbolInfo(name, cancellation).Symbol;
        if (symbol is IMethodSymbol { ReducedFrom: { } extension })
        {
            if (!extension.ContainingNamespace.IsGlobalNamespace)
                usings.Add(extension.ContainingNamespace.ToDisplayString());
            symbol = extension;
        }

        if (symbol is IParameterSymbol { ContainingSymbol: IMethodSymbol { MethodKind: MethodKind.Constructor } of }
            && !SymbolEqualityComparer.Default.Equals(of.ContainingType, self))
            throw new ObstacleException(name, $"`{symbol.Name}` is a parameter of another class's constructor");
        if (symbol is not (IFieldSymbol or IPropertySymbol or IMethodSymbol or IEventSymbol)
            || symbol is IMethodSymbol { MethodKind: MethodKind.LocalFunction }
            || symbol is IFieldSymbol { ContainingType.IsTupleType: true })
            return null;
        if (!known.Compilation.IsSymbolAccessibleWithin(symbol, self))
            throw new ObstacleException(
                name, $"`{symbol.ContainingType?.Name}.{symbol.Name}` is not accessible in `{self.Name}`");
        return symbol.IsStatic && !IsBehindAName(name) && symbol.ContainingType is { } container
            ? $"{Named(container, name)}."
            : null;
    }

    /// <summary>Whether something before it says whose name it is.</summary>
    static bool IsBehindAName(SyntaxNode name) => name.Parent switch
    {
        MemberAccessExpressionSyntax access => access.Name == name,
        QualifiedNameSyntax qualified => qualified.Right == name,
        MemberBindingExpressionSyntax or AliasQualifiedNameSyntax or NameColonSyntax or NameEqualsSyntax
            or ExpressionColonSyntax => true,
        AssignmentExpressionSyntax { Parent: InitializerExpressionSyntax } initial => initial.Left == name,
        _ => false,
    };

    /// <summary>Throws where code does something beside giving a value that is the same in every call.</summary>
    void Check(SyntaxNode node)
    {
        switch (node)
        {
            case BaseExpressionSyntax or AwaitExpressionSyntax or StackAllocArrayCreationExpressionSyntax:
                throw new ObstacleException(node, "no other method can say this");
            case AssignmentExpressionSyntax { Parent: not InitializerExpressionSyntax } assignment
                when !IsLocal(assignment.Left):
                throw new ObstacleException(node, "it keeps something for later calls");
            case PostfixUnaryExpressionSyntax { RawKind: (int)SyntaxKind.SuppressNullableWarningExpression }:
                break;
            case PostfixUnaryExpressionSyntax step when !IsLocal(step.Operand):
                throw new ObstacleException(node, "it keeps something for later calls");
            case PrefixUnaryExpressionSyntax
            {
                RawKind: (int)SyntaxKind.PreIncrementExpression or (int)SyntaxKind.PreDecrementExpression,
            } step when !IsLocal(step.Operand):
                throw new ObstacleException(node, "it keeps something for later calls");
            case InvocationExpressionSyntax call
                when Model(call).GetSymbolInfo(call, cancellation).Symbol is IMethodSymbol called:
                CheckCall(call, called);
                break;
        }
    }

    void CheckCall(InvocationExpressionSyntax call, IMethodSymbol called)
    {
        if (called.ContainingType is { } of && of.SelfAndBases().Any(type =>
            type is { Name: "Random", ContainingNamespace.Name: "System" } or { Name: "RandomNumberGenerator" }))
            throw new ObstacleException(call, "it draws random numbers");
        if (!IsTorch(called))
            return;
        if (TorchNames.Drawing.Contains(called.Name)
            || TorchNames.DrawingInPlace.Contains(called.Name)
            || (TorchNames.DrawingInTraining.Contains(called.Name) && !IsOff(call, "training")))
            throw new ObstacleException(call, "it draws random numbers");
        if (TorchNames.ScopesWithoutGradient.Contains(called.Name) || called.Name is "is_grad_enabled" or "enable_grad")
            throw new ObstacleException(call, "gradients are switched, which no graph says");
        if (called.Name is "train" or "eval")
            throw new ObstacleException(call, "it changes a module's mode");
    }

    /// <summary>Whether an argument is given, and false in evaluation mode.</summary>
    bool IsOff(InvocationExpressionSyntax call, string parameter) => Arguments(call).Any(argument =>
        argument.Parameter.Name == parameter && argument.Value is { } value && Truth(value) == false);

    bool IsLocal(ExpressionSyntax target) =>
        Model(target).GetSymbolInfo(target, cancellation).Symbol is ILocalSymbol
            or IParameterSymbol { ContainingSymbol: IMethodSymbol { MethodKind: not MethodKind.Constructor } };
}
