namespace Ensembles.Generators.Models;

/// <summary>
/// A declaration that gets no code, with the properties that still need a body. The compiler stops at a partial
/// property without one before it runs the analyzers, and a build would then show everything except the reason.
/// </summary>
/// <param name="Place">Where the type is declared.</param>
/// <param name="Type">The type as it is opened again: "partial class Pair".</param>
/// <param name="Properties">The properties.</param>
/// <param name="Silenced">The diagnostics that naming their types raises.</param>
sealed record RefusedModel(
    Place Place, string Type, EquatableArray<RefusedProperty> Properties, EquatableArray<string> Silenced);

/// <summary>A property of a refused declaration.</summary>
/// <param name="Modifiers">Its modifiers.</param>
/// <param name="Type">Its type with its full name.</param>
/// <param name="Name">Its name.</param>
sealed record RefusedProperty(string Modifiers, string Type, string Name);
