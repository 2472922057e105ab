namespace Ensembles.Generators.Models;

/// <summary>What a class with the attribute of ensembles is: an ensemble, one that is refused, or neither.</summary>
/// <param name="Ensemble">The ensemble; null where the declaration is not well-formed.</param>
/// <param name="Refused">What keeps the compiler going where it is not; null where nothing can.</param>
sealed record DeclaredModel(EnsembleModel? Ensemble, RefusedModel? Refused);
