namespace Ensembles;

/// <summary>Says why a module cannot be copied, so that it runs as it is.</summary>
sealed class NotCopiedException(string reason) : Exception(reason);
