using Microsoft.CodeAnalysis;

namespace Ensembles.Declarations;

/// <summary>A class with <c>[AblationSuite]</c>, as it is written: well-formed or not.</summary>
sealed class SuiteDeclaration
{
    SuiteDeclaration(INamedTypeSymbol type, List<AttributeData> attributes, KnownTypes known, SuiteTypes suites)
    {
        Type = type;
        Attributes = attributes;
        Known = known;
        Suites = suites;
        Ensemble = attributes[0].AttributeClass?.TypeArguments.FirstOrDefault();
        Components = Ensemble is INamedTypeSymbol named ? DeclaredComponent.All(named, known) : [];
    }

    public INamedTypeSymbol Type { get; }

    public KnownTypes Known { get; }

    public SuiteTypes Suites { get; }

    /// <summary>Its <c>[AblationSuite]</c> attributes; more than one is an error of the language.</summary>
    public IReadOnlyList<AttributeData> Attributes { get; }

    /// <summary>What it names, in source or in a referenced assembly.</summary>
    public ITypeSymbol? Ensemble { get; }

    /// <summary>
    /// The components of what it names, in order of declaration, those of ensembles among the members behind these.
    /// </summary>
    public IReadOnlyList<DeclaredComponent> Components { get; }

    /// <summary>Why it is not well-formed; none where it is.</summary>
    public IEnumerable<Fault> Faults
    {
        get
        {
            var place = Attributes[0].Place();
            if (Attributes.Count > 1)
                yield return Fault.Elsewhere;
            foreach (var reason in FrameworkFaults.Concat(ClassFaults))
                yield return new(FaultKind.SuiteOfNothing, place, Type.Name, reason);
            // What does not exist, or is no ensemble at all, the compiler refuses.
            if (Ensemble is not INamedTypeSymbol { TypeKind: TypeKind.Class } type || !IsEnsemble(type))
                yield return Fault.Elsewhere;
            if (Ensemble is null)
                yield break;

            if (Components.Count == 0 && Ensemble.TypeKind != TypeKind.Error)
            {
                var reason = $"{Wording.Code(Ensemble)} declares no [Member] and no [Gate]";
                yield return new(FaultKind.SuiteOfNothing, place, Type.Name, reason);
            }

            foreach (var fault in TypeFaults.OfSuite(Type, Suites.Tests.Construct(Ensemble)))
                yield return fault;
        }
    }

    // A declared one derives from the base class only once its own part is generated.
    bool IsEnsemble(INamedTypeSymbol type) =>
        type.DerivesFrom(Known.Ensemble) || type.AttributesOf(Known.EnsembleAttribute).Any();

    /// <summary>Why no test framework would run its tests.</summary>
    IEnumerable<string> FrameworkFaults
    {
        get
        {
            if (Suites.Frameworks.Count == 0)
                yield return $"this project references no test framework that they could be written for: "
                    + TestFramework.Names;
            foreach (var framework in Suites.Frameworks.Where(framework => !framework.IsOne))
                yield return $"this project references {framework.Name} more than once, in "
                    + Wording.Names(framework.Assemblies);
        }
    }

    /// <summary>Why no test framework would construct its class: it would say nothing, and run no test.</summary>
    IEnumerable<string> ClassFaults
    {
        get
        {
            if (Type.Containers().Prepend(Type).Any(part => part.DeclaredAccessibility != Accessibility.Public))
                yield return "it is not public, and test frameworks run the tests of public classes";
            if (Type.IsGenericType)
                yield return "it is generic, and a test framework would not know for which type to construct it";
            if (!Type.InstanceConstructors.IsEmpty && Type.InstanceConstructors.All(constructor =>
                constructor.DeclaredAccessibility != Accessibility.Public && !constructor.IsImplicitlyDeclared))
                yield return "it has no public constructor for a test framework to call";
        }
    }

    /// <summary>The declaration; null for a class without <c>[AblationSuite]</c>.</summary>
    public static SuiteDeclaration? Of(INamedTypeSymbol type, KnownTypes known) =>
        known.Suites is { } suites && type.AttributesOf(suites.SuiteAttribute).ToList() is { Count: > 0 } attributes
            ? new(type, attributes, known, suites)
            : null;
}
