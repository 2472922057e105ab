namespace Ensembles.Generators.Models;

/// <summary>A component's class.</summary>
/// <param name="Type">Its full name.</param>
/// <param name="Name">Its simple name.</param>
/// <param name="Categories">Names of its categories; none without <c>[Defense]</c>.</param>
/// <param name="Strengths">The types of the strengths it claims, with their full names.</param>
/// <param name="IsRandomized">
/// Whether the class itself says that it is random; a module inside it may be random all the same.
/// </param>
/// <param name="IsConstructible">Whether a container can construct it.</param>
/// <param name="Training">How it is trained.</param>
/// <param name="Silenced">The diagnostics that naming and calling it raises, which its user has heard.</param>
sealed record DefenseModel(
    string Type,
    string Name,
    EquatableArray<string> Categories,
    EquatableArray<string> Strengths,
    bool IsRandomized,
    bool IsConstructible,
    TrainingModel Training,
    EquatableArray<string> Silenced)
{
    /// <summary>The components of an ensemble; null for any other defense.</summary>
    public InnerModel? Inner { get; init; }
}

/// <summary>An ensemble that is a member of another.</summary>
/// <param name="Components">The classes of its components, in order of declaration.</param>
sealed record InnerModel(EquatableArray<DefenseModel> Components);

/// <summary>How a component is trained.</summary>
enum TrainingModel
{
    /// <summary>It cannot be trained, or the compilation does not know how.</summary>
    None,

    /// <summary>By a public method.</summary>
    Open,

    /// <summary>By an explicit implementation.</summary>
    Explicit,
}
