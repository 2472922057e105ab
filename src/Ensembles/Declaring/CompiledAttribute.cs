using Ensembles.Graphs;

namespace Ensembles;

/// <summary>
/// Marks a partial module whose <c>forward</c> is read when the project is built and written down as a graph: the
/// class becomes an <see cref="IGraphSource"/>, without a line written for it. Classes marked as defenses need no such
/// mark.
/// </summary>
/// <remarks>
/// The graph is that of evaluation mode. Where <c>forward</c> does what no graph says, such as to draw random numbers
/// or to look at a pixel, the class stays as it is, and ENS0301 names the expression.
/// </remarks>
[AttributeUsage(AttributeTargets.Class, Inherited = false)]
public sealed class CompiledAttribute : Attribute;
