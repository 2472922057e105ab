namespace Ensembles.Generators.Models;

/// <summary>A well-formed declaration of an ablation suite.</summary>
sealed record SuiteModel
{
    /// <summary>Where the class is declared.</summary>
    public required Place Place { get; init; }

    /// <summary>The class with its type parameters, as it is written inside itself.</summary>
    public required string Type { get; init; }

    /// <summary>The ensemble with its full name.</summary>
    public required string Ensemble { get; init; }

    /// <summary>Whether the suite states that the whole may add nothing to its best member.</summary>
    public required bool WholeMayAddNothing { get; init; }

    /// <summary>The ensemble's components, in order of declaration.</summary>
    public required EquatableArray<SuiteComponentModel> Components { get; init; }
}

/// <summary>One component under test.</summary>
/// <param name="Name">The property's name.</param>
/// <param name="IsGate">Whether it is a gate; else it is a member.</param>
/// <param name="CanBeLeftOut">Whether an ensemble remains without it.</param>
/// <param name="MayAddNothing">Whether the suite states that it may add nothing.</param>
sealed record SuiteComponentModel(string Name, bool IsGate, bool CanBeLeftOut, bool MayAddNothing);
