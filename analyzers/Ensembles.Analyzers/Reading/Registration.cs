using Ensembles.Declarations;
using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Reading;

/// <summary>Why a module is not registered.</summary>
enum RegistrationGap
{
    NeverCalled,
    CalledTooEarly,
    CalledByBase,
    PrivateInBase,
    AssignedLater,
    Collection,
}

/// <summary>A field, or a property with a field behind it, that holds a module which is not registered.</summary>
sealed record UnregisteredMember(ISymbol Member, RegistrationGap Cause);

/// <summary>
/// What TorchSharp's <c>RegisterComponents</c> will find. It runs once an object, takes the instance fields of the
/// object's own class and those that it inherits and can see, and registers the modules that they hold by then.
/// </summary>
static class Registration
{
    static readonly string[] registering = ["register_module", "add_module", "ModuleList", "ModuleDict", "Sequential"];

    /// <summary>The unregistered modules of a class in source.</summary>
    public static IEnumerable<UnregisteredMember> Missing(
        INamedTypeSymbol type, KnownTypes known, CancellationToken cancellation)
    {
        // An ensemble's fields are registered by the generated constructor.
        if (type.TypeKind != TypeKind.Class
            || !type.DerivesFrom(known.Module)
            || type.AttributesOf(known.EnsembleAttribute).Any())
            return [];

        var fields = type.GetMembers().OfType<IFieldSymbol>().Where(field => IsCandidate(field, known)).ToList();
        if (fields.Count == 0 || !IsUnderstood(type, known))
            return [];

        var syntax = new ModuleSyntax(type, cancellation);
        return fields
            .Select(field =>
                (Member: field.AssociatedSymbol ?? field, Cause: CauseFor(field, syntax, known, cancellation)))
            .Where(field => field.Cause is not null && !syntax.Mentions(registering, field.Member.Name))
            .Select(field => new UnregisteredMember(field.Member, field.Cause!.Value));
    }

    // The field behind a captured parameter has no name to report, and belongs to whoever passed it.
    static bool IsCandidate(IFieldSymbol field, KnownTypes known) =>
        !field.IsStatic
        && (!field.IsImplicitlyDeclared || field.AssociatedSymbol is not null)
        && (IsModule(field.Type, known) || IsCollection(field.Type, known));

    static bool IsModule(ITypeSymbol type, KnownTypes known) =>
        type is INamedTypeSymbol named && named.DerivesFrom(known.Module);

    /// <summary>
    /// Whether every base class is in source, a role of the library or TorchSharp's own Module, and none registers in a
    /// way of its own.
    /// </summary>
    static bool IsUnderstood(INamedTypeSymbol type, KnownTypes known) => type.SelfAndBases()
        .TakeWhile(t => !IsFoundation(t, known))
        .All(t => t.DeclaringSyntaxReferences.Length > 0 && !t.GetMembers("RegisterComponents").Any());

    // None of them calls RegisterComponents: that is for the class that has the fields.
    static bool IsFoundation(INamedTypeSymbol type, KnownTypes known) =>
        SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, known.Module.ContainingAssembly)
        || (!type.DeclaringSyntaxReferences.Any()
                && SymbolEqualityComparer.Default.Equals(type.ContainingAssembly, known.Classifier.ContainingAssembly));

    static RegistrationGap? CauseFor(
        IFieldSymbol field, ModuleSyntax syntax, KnownTypes known, CancellationToken cancellation)
    {
        if (syntax.IsMadeLater(field))
            return RegistrationGap.AssignedLater;
        if (IsCollection(field.Type, known))
            return syntax.RegistersInLoop ? null : RegistrationGap.Collection;
        var type = field.ContainingType;
        // A derived class may call RegisterComponents for an abstract one, which then finds all but what is private.
        if (type.IsAbstract)
            return field.DeclaredAccessibility == Accessibility.Private ? RegistrationGap.PrivateInBase : null;

        var isInitialized = syntax.IsInitialized(field);
        if (BasesCall(type, known, cancellation))
            return isInitialized || !syntax.IsAssignedInConstructor(field) ? null : RegistrationGap.CalledByBase;
        if (!syntax.CallsRegisterComponents)
            return RegistrationGap.NeverCalled;
        return !isInitialized && syntax.IsAssignedAfterRegisterComponents(field)
            ? RegistrationGap.CalledTooEarly
            : null;
    }

    static bool BasesCall(INamedTypeSymbol type, KnownTypes known, CancellationToken cancellation) =>
        type.SelfAndBases()
        .Skip(1)
        .TakeWhile(t => !IsFoundation(t, known))
        .Any(t => new ModuleSyntax(t, cancellation).CallsRegisterComponents);

    static bool IsCollection(ITypeSymbol type, KnownTypes known) => type switch
    {
        IArrayTypeSymbol array => IsModule(array.ElementType, known),
        INamedTypeSymbol { TypeArguments: [.., var element] } collection =>
            !IsModule(collection, known) && IsModule(element, known)
            && collection.AllInterfaces.Append(collection)
                .Any(i => i.OriginalDefinition.SpecialType == SpecialType.System_Collections_Generic_IEnumerable_T),
        _ => false,
    };
}
