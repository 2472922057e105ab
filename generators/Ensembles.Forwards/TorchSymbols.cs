using Ensembles.Declarations;
using Microsoft.CodeAnalysis;

namespace Ensembles.Forwards;

/// <summary>Questions about TorchSharp's types, and about methods that modules override.</summary>
static class TorchSymbols
{
    public static bool IsTensor(ITypeSymbol? type) =>
        type is INamedTypeSymbol { Name: "Tensor", ContainingType.Name: "torch" };

    public static bool InSource(ISymbol symbol) => symbol.DeclaringSyntaxReferences.Length > 0;

    /// <summary>The method that a class's <c>forward</c> is, where it is in source.</summary>
    public static IMethodSymbol? ForwardOf(INamedTypeSymbol module) => module.SelfAndBases()
        .SelectMany(type => type.GetMembers("forward"))
        .OfType<IMethodSymbol>()
        .FirstOrDefault(method =>
            method is { IsStatic: false, IsAbstract: false, Parameters.Length: > 0 }
                && method.DeclaringSyntaxReferences.Length > 0);

    /// <summary>What a method is on a type that may override it.</summary>
    public static IMethodSymbol Override(IMethodSymbol method, INamedTypeSymbol self) =>
        method.ContainingType is { TypeKind: TypeKind.Interface }
        ? self.FindImplementationForInterfaceMember(method) as IMethodSymbol ?? method
        : !(method.IsVirtual || method.IsAbstract || method.IsOverride)
        ? method
        : self.SelfAndBases()
            .SelectMany(type => type.GetMembers(method.Name))
            .OfType<IMethodSymbol>()
            .FirstOrDefault(candidate => Overrides(candidate, method)) ?? method;

    static bool Overrides(IMethodSymbol candidate, IMethodSymbol method)
    {
        for (var current = candidate; current is not null; current = current.OverriddenMethod)
        {
            if (SymbolEqualityComparer.Default.Equals(current.OriginalDefinition, method.OriginalDefinition))
                return true;
        }

        return false;
    }
}
