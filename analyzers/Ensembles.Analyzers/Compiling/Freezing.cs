using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Ensembles.Declarations;
using Ensembles.Forwards;
using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Compiling;

/// <summary>
/// Finds what keeps a compiled plan from freezing a module: what the library's Lowering and ModuleCopier see in an
/// object, as far as its class shows it. Classes of other assemblies show their interfaces and base classes only.
/// </summary>
sealed class Freezing
{
    /// <summary>Classes within a component that are looked at, so that no code takes long.</summary>
    const int MostClasses = 200;

    static readonly ConditionalWeakTable<KnownTypes, Freezing> instances = new();

    /// <summary>TorchSharp's modules that are written in C# and keep everything in fields.</summary>
    static readonly string[] copied =
        ["Convolution", "Linear", "NormBase", "GroupNorm", "LayerNorm", "PReLU", "Sequential", "ParameterLessModule"];

    readonly ConcurrentDictionary<INamedTypeSymbol, string?> found = new(SymbolEqualityComparer.Default);
    readonly KnownTypes known;
    readonly Bodies bodies;

    Freezing(KnownTypes known) => (this.known, bodies) = (known, new Bodies(known.Compilation));

    /// <summary>What is found in the compilation that the types are of.</summary>
    public static Freezing Of(KnownTypes known) => instances.GetValue(known, k => new Freezing(k));

    /// <summary>
    /// Why a plan runs a component of this class as it is; null where it does not, or where the class does not tell.
    /// </summary>
    public string? ObstacleIn(INamedTypeSymbol component, CancellationToken cancellation)
    {
        if (found.TryGetValue(component, out var obstacle))
            return obstacle;
        obstacle = new Walk(this, cancellation).Layer(component);
        found.TryAdd(component, obstacle);
        return obstacle;
    }

    /// <summary>Through the classes of one component, each once.</summary>
    sealed class Walk(Freezing freezing, CancellationToken cancellation)
    {
        readonly HashSet<INamedTypeSymbol> seen = new(SymbolEqualityComparer.Default);

        /// <summary>A module that the plan takes apart where it can and copies where it cannot.</summary>
        public string? Layer(INamedTypeSymbol module)
        {
            if (Draws(module) is { } draws)
                return draws;
            // What stands there is of a class that derives from an abstract one, and may be layers.
            if (module.IsAbstract)
                return null;
            // Taken apart, too, by lists and numbers that are not followed here.
            if (module.Declares("IResidual") || module.Declares("IAffine"))
                return null;
            if (!module.Declares("ILayered"))
                return Copy(module);
            return IsNew(module) && Construction.Of(module, cancellation) is { } code
                ? Hooks(module, code) ?? code.Layers.SelectMany(Modules).Select(Layer).FirstOrDefault(IsObstacle)
                : null;
        }

        /// <summary>A module that the plan copies with all its fields.</summary>
        string? Copy(INamedTypeSymbol module)
        {
            if (Draws(module) is { } draws)
                return draws;
            return IsNew(module)
                ? module.SelfAndBases().TakeWhile(type => !IsRoot(type)).Select(CopyOwn).FirstOrDefault(IsObstacle)
                : null;
        }

        /// <summary>What one class of a module's ancestry adds to the copy.</summary>
        string? CopyOwn(INamedTypeSymbol type)
        {
            if (IsTorch(type))
                return type.SelfAndBases().Any(t => copied.Contains(t.Name))
                    ? null
                    : $"{Wording.Code(type)} may keep its weights outside of .NET";
            return Construction.Of(type, cancellation) is { } code
                ? Hooks(type, code) ?? code.SetFields.Select(CopyField).FirstOrDefault(IsObstacle)
                : null;
        }

        string? CopyField(IFieldSymbol field)
        {
            if (field.Type is INamedTypeSymbol { Name: "ModuleList" or "ModuleDict" } collection
                && collection.TypeArguments is [INamedTypeSymbol element]
                && IsTorch(collection))
                return CanBeAnything(element)
                    ? Elements(field).Select(Layer).FirstOrDefault(IsObstacle)
                    : Copy(element);
            if (field.Type is INamedTypeSymbol module && module.DerivesFrom(freezing.known.Module))
                return CanBeAnything(module) ? Modules(field).Select(Layer).FirstOrDefault(IsObstacle) : Copy(module);
            if (field.Type is INamedTypeSymbol { TypeKind: TypeKind.Struct } value
                && Construction.Of(value, cancellation) is { } parts)
                return IsNew(value) ? parts.SetFields.Select(CopyField).FirstOrDefault(IsObstacle) : null;
            if (Made(field) is { } made && made.DerivesFrom(freezing.known.Module))
                return Layer(made);
            return IsCopied(Made(field) ?? field.Type) && !HoldsFunctions(field)
                ? null
                : $"the field `{Construction.NameOf(field)}` of `{field.ContainingType.Name}` holds a "
                    + $"`{NameOf(Made(field) ?? field.Type)}`, which cannot be copied";
        }

        /// <summary>
        /// Whether an array, a collection or a tuple is made with functions in it. An empty one is copied.
        /// </summary>
        bool HoldsFunctions(IFieldSymbol field) =>
            field.Type is IArrayTypeSymbol or INamedTypeSymbol { IsGenericType: true }
            && OnlyValueOf(field) is { } only
            && Bodies.HoldsFunctions(only);

        /// <summary>The class of what a field holds behind an interface; null where that is not known.</summary>
        INamedTypeSymbol? Made(IFieldSymbol field) =>
            field.Type is { TypeKind: TypeKind.Interface } or { SpecialType: SpecialType.System_Object }
            && OnlyValueOf(field) is { } only
                ? Bodies.ModulesIn(only).OfType<INamedTypeSymbol>().FirstOrDefault(type =>
                    type.TypeKind == TypeKind.Class && type.DeclaringSyntaxReferences.Length > 0)
                : null;

        static string? Draws(INamedTypeSymbol module) =>
            module.Declares("IRandomized") ? $"`{module.Name}` draws random numbers" : null;

        static string? Hooks(INamedTypeSymbol type, Construction code) =>
            code.RegistersHooks ? $"`{type.Name}` registers forward hooks" : null;

        /// <summary>
        /// The classes of the modules that a field holds: as it is declared, or as it is set where the declaration
        /// allows anything.
        /// </summary>
        IEnumerable<INamedTypeSymbol> Modules(IFieldSymbol field)
        {
            if (field.Type is not INamedTypeSymbol declared)
                return [];
            if (!CanBeAnything(declared))
                return [declared];
            return OnlyValueOf(field) is { } only ? Bodies.ModulesIn(only).OfType<INamedTypeSymbol>() : [];
        }

        /// <summary>
        /// The classes of the modules that a list or a dictionary is made with; what is added to it later is not among
        /// them.
        /// </summary>
        IEnumerable<INamedTypeSymbol> Elements(IFieldSymbol field) =>
            OnlyValueOf(field) is { } only ? Bodies.ElementsIn(only).OfType<INamedTypeSymbol>() : [];

        IOperation? OnlyValueOf(IFieldSymbol field) =>
            freezing.bodies.ValuesOf(field.AssociatedSymbol ?? field, cancellation).ToList() is [var only]
                ? only
                : null;

        bool CanBeAnything(INamedTypeSymbol module) => IsTorch(module) && module.Name is "Module" or "Sequential";

        /// <summary>
        /// The generic class behind which the copy has nothing of its own. What does not derive from it is not judged.
        /// </summary>
        bool IsRoot(INamedTypeSymbol type) =>
            IsTorch(type)
                && (type.Name == "Module"
                    || !type.SelfAndBases().Any(t => t is { Name: "Module", IsGenericType: true }));

        /// <summary>
        /// Whether a value may be copied, or shared because it leads to no tensor, module, delegate or resource.
        /// </summary>
        bool IsCopied(ITypeSymbol type) => type switch
        {
            { TypeKind: TypeKind.Delegate } => false,
            INamedTypeSymbol { Name: "Tensor" or "Parameter" or "Scalar" } tensor when IsTorch(tensor) => true,
            INamedTypeSymbol { TypeKind: TypeKind.Class } other => IsPlain(other),
            _ => true,
        };

        bool IsPlain(INamedTypeSymbol type)
        {
            if (type.AllInterfaces.Any(i => i.SpecialType == SpecialType.System_IDisposable))
                return false;
            return !IsNew(type) || type.SelfAndBases().All(t =>
                Construction.Of(t, cancellation) is not { } code || code.SetFields.All(HoldsPlain));
        }

        static string NameOf(ITypeSymbol type) =>
            type is IArrayTypeSymbol or { IsTupleType: true }
                ? type.ToDisplayString(SymbolDisplayFormat.MinimallyQualifiedFormat)
                : type.Name;

        bool IsNew(INamedTypeSymbol type) => seen.Count < MostClasses && seen.Add(type);

        bool HoldsPlain(IFieldSymbol field) =>
            field.Type.TypeKind != TypeKind.Delegate
            && (field.Type is not INamedTypeSymbol { TypeKind: TypeKind.Class } inner || IsPlain(inner));

        bool IsTorch(INamedTypeSymbol type) =>
            SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, freezing.known.Module.ContainingAssembly);

        static bool IsObstacle(string? reason) => reason is not null;
    }
}
