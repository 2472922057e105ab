namespace Ensembles.Graphs;

/// <summary>A graph that cannot be: an operation that does not fit what it is given.</summary>
/// <param name="message">What does not fit and where.</param>
public sealed class GraphException(string message) : Exception(message);
