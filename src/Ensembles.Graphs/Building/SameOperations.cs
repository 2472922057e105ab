using System.Collections;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Graphs;

/// <summary>Tells operations that compute the same of the same.</summary>
static class SameOperations
{
    /// <summary>Whether two operations are one in ONNX: by name, attributes and the constants that it wants.</summary>
    public static bool AreSame(Operation one, Operation other)
    {
        if (one.Equals(other))
            return true;
        if (one.GetType() != other.GetType() || one.Name != other.Name)
            return false;
        using var scope = NewDisposeScope();
        try
        {
            return one.Attributes.SequenceEqual(other.Attributes, Pairs.Instance)
                && AreSame(one.ConstantInputs, other.ConstantInputs);
        }
        catch (GraphException)
        {
            // What ONNX has no constants for, such as a size that is N.
            return false;
        }
    }

    /// <summary>Whether two lists of constants are equal, element by element; null stands for one left out.</summary>
    public static bool AreSame(IReadOnlyList<Tensor?> some, IReadOnlyList<Tensor?> others) =>
        some.Count == others.Count && some.Zip(others).All(pair => AreSame(pair.First, pair.Second));

    static bool AreSame(Tensor? one, Tensor? other) =>
        one is null || other is null
            ? one is null && other is null
            : one.Handle == other.Handle
                || (one.dtype == other.dtype
                    // Tensors on the meta device have no values.
                    && one.device_type != DeviceType.META
                    && one.device.ToString() == other.device.ToString()
                    && one.shape.SequenceEqual(other.shape)
                    && one.Equals(other));

    sealed class Pairs : IEqualityComparer<(string Name, object Value)>
    {
        public static readonly Pairs Instance = new();

        public bool Equals((string Name, object Value) x, (string Name, object Value) y) =>
            x.Name == y.Name && StructuralComparisons.StructuralEqualityComparer.Equals(x.Value, y.Value);

        public int GetHashCode((string Name, object Value) pair) => pair.Name.GetHashCode(StringComparison.Ordinal);
    }
}
