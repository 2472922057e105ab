using System.Collections;
using System.Reflection;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Ensembles;

/// <summary>Compares modules by what they hold.</summary>
static class SameModules
{
    /// <summary>Whether two modules are of one class and equal field by field: they compute the same.</summary>
    public static bool AreSame(Module one, Module other) => AreEqual(one, other);

    static bool AreEqual(object? one, object? other)
    {
        if (ReferenceEquals(one, other))
            return true;
        if (one is null || other is null || one.GetType() != other.GetType())
            return false;
        return one switch
        {
            Tensor tensor => AreEqual(tensor, (Tensor)other),
            Module => Fields(one.GetType()).All(field => AreEqual(field.GetValue(one), field.GetValue(other))),
            IList list => list.Count == ((IList)other).Count
                && list
                    .Cast<object?>()
                    .Zip(((IList)other).Cast<object?>())
                    .All(pair => AreEqual(pair.First, pair.Second)),
            _ => one.Equals(other),
        };
    }

    // Equals compares whole tensors, equal element by element.
    static bool AreEqual(Tensor one, Tensor other) => one.dtype == other.dtype && one.Equals(other);

    /// <summary>
    /// The fields of the class and its bases up to TorchSharp's own base, which holds names and registrations.
    /// </summary>
    static IEnumerable<FieldInfo> Fields(Type type)
    {
        for (var current = type; current is not null
            && current.BaseType != typeof(Module)
            && !current.Name.StartsWith("Module`", StringComparison.Ordinal); current = current.BaseType)
        {
            foreach (var field in current.GetFields(
                    BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                yield return field;
        }
    }
}
