namespace Ensembles.Generators.Models;

/// <summary>Where a class is declared.</summary>
/// <param name="Namespace">Its namespace; empty for the global one.</param>
/// <param name="Containers">
/// The types around it, outermost first, each as it is opened again: "partial class Outer".
/// </param>
/// <param name="HintName">Its full name, unique among well-formed declarations when case counts.</param>
sealed record Place(string Namespace, EquatableArray<string> Containers, string HintName);
