using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Declarations;

/// <summary>Why the generator cannot complete a declaration.</summary>
/// <param name="Place">Where it is written.</param>
/// <param name="Reason">The reason, as the end of a sentence.</param>
sealed record Obstacle(Location? Place, string Reason);
