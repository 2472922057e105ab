namespace Ensembles;

/// <summary>Says why a module cannot be copied, so that it runs as it is.</summary>
sealed class NotCopiedException(string reason) : Exception(reason)
{
    /// <summary>Whether the reason is a value, and who holds it is still to be said.</summary>
    public bool IsOfValue { get; init; }
}
