namespace Ensembles.Generators.Models;

/// <summary>A component's class.</summary>
/// <param name="Type">Its full name.</param>
/// <param name="Name">Its simple name.</param>
/// <param name="Categories">Its categories as expressions; none without <c>[Defense]</c>.</param>
/// <param name="Strengths">The types of the strengths it claims, with their full names.</param>
/// <param name="IsRandomized">Whether the class itself says that it is random; a module inside it may be random all the same.</param>
/// <param name="IsConstructible">Whether a container can construct it.</param>
sealed record DefenseModel(
    string Type,
    string Name,
    EquatableArray<string> Categories,
    EquatableArray<string> Strengths,
    bool IsRandomized,
    bool IsConstructible);
