using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>A layer y = f(x) as bounds see it.</summary>
abstract class BoundedLayer
{
    /// <summary>
    /// Works out what the layer needs to know of its inputs' shape and keeps it: called before the rest, and where the
    /// tensors that are kept belong.
    /// </summary>
    public virtual void Learn(Interval input)
    {
    }

    /// <summary>A box that holds f(x) for every x in <paramref name="input"/>, in float32 and in exact arithmetic.
    /// </summary>
    public abstract Interval Forward(Interval input);

    /// <summary>
    /// Of a lower bound s.y + c a lower bound s'.x + c' that holds for every x in the layer's input: s', [S, N, ...],
    /// or null where it is 0. What c' has more than c goes to <paramref name="bound"/>.
    /// </summary>
    /// <param name="slope">s, [S, N, ...].</param>
    /// <param name="place">What is known of the layer's input and output.</param>
    /// <param name="bound">The bound on its way back.</param>
    public abstract Tensor? Backward(Tensor slope, Passage place, LinearBound bound);

    /// <summary>
    /// What rounding may move each of the layer's outputs by, on its way forward and back, [N, ...] of their shape;
    /// null for nothing that <see cref="Backward"/> does not take off itself.
    /// </summary>
    public virtual Tensor? Rounded(Interval input, Interval output) => null;

    /// <summary>
    /// What rounding may move each of the layer's inputs by on the way back, for the slopes that are handed to them;
    /// null for nothing.
    /// </summary>
    public virtual Tensor? RoundedInput(Interval input) => null;
}

/// <summary>What is known of a layer's input and output.</summary>
/// <param name="Node">The layer's place in the network.</param>
/// <param name="Input">Where its input lies.</param>
/// <param name="Output">Where its output lies.</param>
readonly record struct Passage(int Node, Interval Input, Interval Output);
