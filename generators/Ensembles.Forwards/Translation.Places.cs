using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ensembles.Forwards;

/// <summary>What stands in the brackets behind a tensor.</summary>
sealed partial class Translation
{
    /// <summary>One index: a number, a range, or one of TensorIndex by the same name.</summary>
    string Place(ArgumentSyntax argument)
    {
        var index = Plain(argument.Expression);
        if (IsWhole(TypeOf(index)))
            return Number(index, TypeOf(index));
        if (!Depends(index) && TypeOf(index) is { Name: "Range" or "Index", ContainingNamespace.Name: "System" })
            return Verbatim(index);
        var (named, given) = index switch
        {
            InvocationExpressionSyntax call => (call.Expression, call.ArgumentList.Arguments),
            _ => (index, default),
        };
        var symbol = Model(named).GetSymbolInfo(named, cancellation).Symbol;
        if (symbol is not { IsStatic: true, ContainingType.Name: "TensorIndex" } || !IsTorch(symbol)
            || symbol.Name is not ("Colon" or "Ellipsis" or "None" or "Null" or "Slice" or "Single")
            || given.Any(part => !IsNumberOrNothing(part.Expression)))
            throw new ObstacleException(
                index, "no graph has such an index, but numbers, ranges and those of `TensorIndex`");
        var arguments = given.Select(part =>
            (part.NameColon is { } name ? $"{name.Name}: " : "") + Verbatim(part.Expression));
        return index is InvocationExpressionSyntax
            ? $"{Graphs}.Place.{symbol.Name}({string.Join(", ", arguments)})"
            : $"{Graphs}.Place.{symbol.Name}";
    }

    bool IsNumberOrNothing(ExpressionSyntax expression) => !Depends(expression)
        && (IsNothing(expression) || IsWhole(TypeOf(expression)) || TypeOf(expression) is { Name: "Range" });
}
