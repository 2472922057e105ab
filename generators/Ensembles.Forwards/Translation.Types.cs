using Ensembles.Declarations;
using Microsoft.CodeAnalysis;

namespace Ensembles.Forwards;

/// <summary>Types: a tensor becomes a term, wherever it stands in one.</summary>
sealed partial class Translation
{
    static readonly SymbolDisplayFormat everywhere = SymbolDisplayFormat.FullyQualifiedFormat
        .AddMiscellaneousOptions(SymbolDisplayMiscellaneousOptions.IncludeNullableReferenceTypeModifier);

    string TypeText(ITypeSymbol? type, SyntaxNode place)
    {
        var text = type switch
        {
            null or IErrorTypeSymbol or { IsAnonymousType: true } or { TypeKind: TypeKind.Dynamic } =>
                throw new ObstacleException(place, "its type cannot be named"),
            _ when !HoldsTensors(type) => Named(type, place),
            _ when TorchSymbols.IsTensor(type) => $"{Graphs}.Term",
            IArrayTypeSymbol { Rank: 1 } array => $"{TypeText(array.ElementType, place)}[]",
            INamedTypeSymbol { IsTupleType: true } tuple =>
                $"({string.Join(", ", tuple.TupleElements.Select(element => ElementText(element, place)))})",
            INamedTypeSymbol { IsGenericType: true, ContainingType: null } named =>
                $"{OriginalText(named)}<{string.Join(", ", named.TypeArguments.Select(one => TypeText(one, place)))}>",
            _ => throw new ObstacleException(place, $"a `{type.ToDisplayString()}` holds tensors"),
        };
        return type.IsReferenceType && type.NullableAnnotation == NullableAnnotation.Annotated && HoldsTensors(type)
            ? $"{text}?"
            : text;
    }

    string Named(ITypeSymbol type, SyntaxNode place) =>
        known.Compilation.IsSymbolAccessibleWithin(type, self) && !type.IsOfOneFile()
            ? type.ToDisplayString(everywhere)
            : throw new ObstacleException(place, $"`{type.Name}` cannot be named outside of where it is declared");

    string ElementText(IFieldSymbol element, SyntaxNode place) => element.IsExplicitlyNamedTupleElement
        ? $"{TypeText(element.Type, place)} {Identifier(element.Name)}"
        : TypeText(element.Type, place);

    static string OriginalText(INamedTypeSymbol type)
    {
        var text = type.ConstructUnboundGenericType().ToDisplayString(SymbolDisplayFormat.FullyQualifiedFormat);
        return text.Substring(0, text.IndexOf('<'));
    }

    /// <summary>Whether a value of this type is a tensor, or has one among the types that it is made of.</summary>
    bool HoldsTensors(ITypeSymbol? type) => type switch
    {
        IArrayTypeSymbol array => HoldsTensors(array.ElementType),
        INamedTypeSymbol named => TorchSymbols.IsTensor(named)
            || (named.TypeArguments.Length > 0 && !IsModule(named) && named.TypeArguments.Any(HoldsTensors)),
        _ => false,
    };

    /// <summary>A module, or the interface of one.</summary>
    bool IsModule(ITypeSymbol? type) => type is INamedTypeSymbol named
        && (named.DerivesFrom(known.Module)
            || (named is { Name: "IModule" } && IsTorch(named)));

    /// <summary>Whether it takes a tensor and gives one.</summary>
    static bool IsPlainModule(ITypeSymbol? type) => type is INamedTypeSymbol named
        && named.SelfAndBases().Concat(named.AllInterfaces).Any(part =>
            part is { Name: "Module" or "IModule", TypeArguments: [var taken, var given] }
                && TorchSymbols.IsTensor(taken) && TorchSymbols.IsTensor(given));

    bool IsTorch(ISymbol symbol) =>
        SymbolEqualityComparer.Default.Equals(symbol.ContainingAssembly, known.Module.ContainingAssembly);

    static bool IsWhole(ITypeSymbol? type) => type is
    {
        SpecialType: SpecialType.System_Int32 or SpecialType.System_Int64 or SpecialType.System_Int16
            or SpecialType.System_Byte or SpecialType.System_UInt32,
    };

    static bool IsNumber(ITypeSymbol? type) =>
        IsWhole(type) || type is { SpecialType: SpecialType.System_Single or SpecialType.System_Double };
}
