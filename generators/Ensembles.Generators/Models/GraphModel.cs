namespace Ensembles.Generators.Models;

/// <summary>A module whose forward has been written for a graph.</summary>
/// <param name="Place">Where the class is declared.</param>
/// <param name="Type">The class with its type parameters, as it is written inside itself.</param>
/// <param name="IsSealed">Whether no class derives from it, which may have a forward of its own.</param>
/// <param name="Forward">The name of the method that is forward for terms.</param>
/// <param name="Methods">The text of that method and of those that it calls.</param>
/// <param name="Usings">The namespaces of the extension methods that they call.</param>
sealed record GraphModel(
    Place Place,
    string Type,
    bool IsSealed,
    string Forward,
    EquatableArray<string> Methods,
    EquatableArray<string> Usings);
