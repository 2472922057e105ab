using Ensembles.Declarations;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using static Ensembles.Forwards.TorchSymbols;

namespace Ensembles.Analyzers.Gradients.Flow;

/// <summary>Questions to types and to syntax.</summary>
sealed partial class Interpreter
{
    bool IsTorch(ISymbol symbol) =>
        SymbolEqualityComparer.Default.Equals(symbol.ContainingAssembly, known.Module.ContainingAssembly);

    /// <summary>Whether it is a part of torchvision, which has an assembly of its own.</summary>
    static bool IsVision(ISymbol symbol) => symbol.Containers().Any(type =>
        type is { Name: "torchvision", ContainingNamespace: { Name: "TorchSharp" } });

    bool IsModule(ITypeSymbol? type) => type is INamedTypeSymbol named && named.DerivesFrom(known.Module);

    /// <summary>Whether a module says that attacks are to use a surrogate of it.</summary>
    public static bool DeclaresSurrogate(INamedTypeSymbol type) => type.Declares("INonDifferentiable");

    /// <summary>Whether a module says that it draws random numbers.</summary>
    public static bool DeclaresRandomness(INamedTypeSymbol type) => type.Declares("IRandomized");

    static bool IsRandomSource(ITypeSymbol? type) =>
        type is INamedTypeSymbol named
            && named.SelfAndBases()
                .Any(t =>
                    t is { Name: "Random", ContainingNamespace.Name: "System" }
                        or { Name: "RandomNumberGenerator" }
                        or { Name: "Generator", ContainingType.Name: "torch" });

    /// <summary>Whether a value of this type can hold tensors.</summary>
    static bool CarriesGradient(ITypeSymbol? type) => type switch
    {
        null => false,
        { SpecialType: SpecialType.System_Object } or ITypeParameterSymbol or IDynamicTypeSymbol => true,
        { SpecialType: not (SpecialType.None or SpecialType.System_Collections_IEnumerable) }
            and not INamedTypeSymbol { IsGenericType: true } => false,
        IArrayTypeSymbol array => CarriesGradient(array.ElementType),
        INamedTypeSymbol { TypeKind: TypeKind.Enum } => false,
        INamedTypeSymbol named => IsTensor(named)
            || named.TypeArguments.Any(CarriesGradient)
            || (InSource(named) && !named.IsGenericType)
            || named.GetMembers()
                .Any(member => IsTensor((member as IPropertySymbol)?.Type) || IsTensor((member as IFieldSymbol)?.Type)),
        _ => false,
    };

    /// <summary>Whether code that is given such an object may put something into it.</summary>
    bool IsContainer(ITypeSymbol? type) => type switch
    {
        null
            or { SpecialType: SpecialType.System_String }
            or { TypeKind: TypeKind.Delegate or TypeKind.Enum or TypeKind.TypeParameter } => false,
        IArrayTypeSymbol or { IsRefLikeType: true } or { SpecialType: SpecialType.System_IntPtr } => true,
        { IsValueType: true } => false,
        _ => !IsTensor(type) && !IsModule(type) && !IsRandomSource(type),
    };

    /// <summary>Whether a value of this type can be or hold functions, modules and other objects in source.</summary>
    bool MayHoldCallables(ITypeSymbol? type) => type switch
    {
        null or { TypeKind: TypeKind.Enum } => false,
        { SpecialType: SpecialType.System_Object } or { TypeKind: TypeKind.Delegate } or ITypeParameterSymbol => true,
        { SpecialType: not (SpecialType.None or SpecialType.System_Collections_IEnumerable) }
            and not INamedTypeSymbol { IsGenericType: true } => false,
        IArrayTypeSymbol array => MayHoldCallables(array.ElementType),
        INamedTypeSymbol named =>
            named.TypeArguments.Any(MayHoldCallables)
                || IsModule(named)
                || IsVision(named)
                || (InSource(named) && named.TypeKind is TypeKind.Class or TypeKind.Interface),
        _ => false,
    };

    /// <summary>ModuleList and ModuleDict, which are not run themselves.</summary>
    bool IsModuleCollection(ITypeSymbol type) =>
        type is INamedTypeSymbol { Name: "ModuleList" or "ModuleDict" } && IsTorch(type);

    static bool IsA(INamedTypeSymbol type, ITypeSymbol? other) =>
        other is not null
            && type.SelfAndBases()
                .Concat(type.AllInterfaces)
                .Any(t => SymbolEqualityComparer.Default.Equals(t.OriginalDefinition, other.OriginalDefinition));

    /// <summary>The name in a call or an access, which is where a break is reported.</summary>
    static SyntaxNodeOrToken NameIn(SyntaxNode expression) => expression switch
    {
        InvocationExpressionSyntax call => NameIn(call.Expression),
        MemberAccessExpressionSyntax access => access.Name.Identifier,
        MemberBindingExpressionSyntax binding => binding.Name.Identifier,
        ConditionalAccessExpressionSyntax access => NameIn(access.WhenNotNull),
        SimpleNameSyntax name => name.Identifier,
        _ => expression,
    };
}
