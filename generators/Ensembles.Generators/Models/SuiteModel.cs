namespace Ensembles.Generators.Models;

/// <summary>A declaration of an ablation suite, well-formed or refused.</summary>
sealed record SuiteModel
{
    /// <summary>Where the class is declared.</summary>
    public required Place Place { get; init; }

    /// <summary>The class with its type parameters, as it is written inside itself.</summary>
    public required string Type { get; init; }

    /// <summary>The ensemble with its full name.</summary>
    public required string Ensemble { get; init; }

    /// <summary>
    /// Whether its tests are refused: it then gets its base class only, without which the compiler would stop at what
    /// it overrides, before it runs the analyzers that say why.
    /// </summary>
    public bool IsRefused { get; init; }

    /// <summary>Whether nothing may derive from the class.</summary>
    public bool IsSealed { get; init; }

    /// <summary>The name of the test of the attack.</summary>
    public required string AttackTest { get; init; }

    /// <summary>The name of the test of clean accuracy.</summary>
    public required string CleanTest { get; init; }

    /// <summary>The name of the test of the whole beside its members.</summary>
    public required string WholeTest { get; init; }

    /// <summary>
    /// The name of the test of the whole beside its members of one category; null where no category is that of several
    /// members but not of the whole.
    /// </summary>
    public required string? CategoryTest { get; init; }

    /// <summary>
    /// The name of the test of the whole beside copies of one member; null where it has one member only.
    /// </summary>
    public required string? CopiesTest { get; init; }

    /// <summary>Whether the suite states that the whole may add nothing to its best member.</summary>
    public required bool WholeMayAddNothing { get; init; }

    /// <summary>The attributes of a test, one for each test framework, with their full names.</summary>
    public required EquatableArray<string> TestAttributes { get; init; }

    /// <summary>The attributes of the class, with their full names; none that it has already.</summary>
    public required EquatableArray<string> ClassAttributes { get; init; }

    /// <summary>The diagnostics that naming the ensemble raises.</summary>
    public required EquatableArray<string> Silenced { get; init; }

    /// <summary>The ensemble's components, in order of declaration.</summary>
    public required EquatableArray<SuiteComponentModel> Components { get; init; }
}

/// <summary>One component under test.</summary>
/// <param name="Name">The property's name, or the path to it.</param>
/// <param name="RateTest">The name of the test of a gate's rate; null for a member.</param>
/// <param name="AddsTest">The name of the test that leaves it out; null where no ensemble remains without it.</param>
/// <param name="UndefendedTest">
/// The name of the test that puts an undefended network in its place; null for what is no member.
/// </param>
/// <param name="MayAddNothing">Whether the suite states that it may add nothing.</param>
/// <param name="Claims">The strengths that its class claims, in the order they are written.</param>
sealed record SuiteComponentModel(
    string Name,
    string? RateTest,
    string? AddsTest,
    string? UndefendedTest,
    bool MayAddNothing,
    EquatableArray<SuiteClaimModel> Claims);

/// <summary>One strength that a component's class claims.</summary>
/// <param name="Test">The name of its test.</param>
/// <param name="Strength">The strength's class in words: "non-robust feature removal".</param>
/// <param name="Type">The strength's full name; null where the suite cannot name it.</param>
/// <param name="Name">The strength's simple name, by which one that cannot be named is looked up.</param>
/// <param name="MayNotShow">Whether the suite states that it may not show.</param>
sealed record SuiteClaimModel(string Test, string Strength, string? Type, string Name, bool MayNotShow);
