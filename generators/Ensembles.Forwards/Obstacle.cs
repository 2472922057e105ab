using Microsoft.CodeAnalysis;

namespace Ensembles.Forwards;

/// <summary>Why a <c>forward</c> has no graph.</summary>
/// <param name="Place">The expression or statement.</param>
/// <param name="Reason">What it does, as a clause.</param>
sealed record Obstacle(SyntaxNode Place, string Reason);

/// <summary>Leaves a reading that has met an obstacle.</summary>
/// <param name="place">Where it stands.</param>
/// <param name="reason">What it is, as a clause.</param>
sealed class ObstacleException(SyntaxNode place, string reason) : Exception(reason)
{
    public Obstacle Obstacle { get; } = new(place, reason);
}
