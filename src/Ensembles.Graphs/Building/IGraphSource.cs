namespace Ensembles.Graphs;

/// <summary>
/// A module that writes down as a graph what its <c>forward</c> computes in evaluation mode, so that it can go into a
/// file or a plan with what is around it.
/// </summary>
/// <remarks>Whoever uses the graph compares it with <c>forward</c> on sample images, and refuses it where they differ.
/// </remarks>
public interface IGraphSource
{
    /// <summary>Adds the operations to a graph.</summary>
    /// <param name="graph">The graph.</param>
    /// <param name="input">What the module is given: images, float32 [N, C, H, W], say.</param>
    /// <returns>What it gives.</returns>
    /// <exception cref="GraphException">It cannot be written down; the message says why, as a sentence.</exception>
    Value Build(GraphBuilder graph, Value input);
}
