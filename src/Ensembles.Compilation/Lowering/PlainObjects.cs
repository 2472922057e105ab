using System.Reflection;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Tells objects that only hold values from those that may lead to tensors, modules or other code's state, and copies
/// them.
/// </summary>
static class PlainObjects
{
    const int MostObjects = 1000;

    static readonly MethodInfo shallowCopy =
        typeof(object).GetMethod("MemberwiseClone", BindingFlags.Instance | BindingFlags.NonPublic)!;

    /// <summary>Whether nothing reachable from the object is a tensor, a module, a delegate or a resource.</summary>
    public static bool IsPlain(object root) => All(
        root, value => value is not (Tensor or nn.Module or Delegate or IDisposable or Pointer or IntPtr));

    /// <summary>Whether no field of anything reachable from a plain object can be written to.</summary>
    public static bool NeverChanges(object root) => All(
        root, value => value is not Array && (value is ValueType || Fields(value).All(field => field.IsInitOnly)));

    /// <summary>
    /// A copy of a plain object and of everything in it that may change; what never changes is shared, since code may
    /// ask whether it is one certain object.
    /// </summary>
    /// <param name="original">The object.</param>
    /// <param name="copies">The copies there are, by their originals.</param>
    public static object Copy(object original, IDictionary<object, object> copies)
    {
        if (IsValue(original) || NeverChanges(original))
            return original;
        if (copies.TryGetValue(original, out var known))
            return known;
        var copy = shallowCopy.Invoke(original, null)!;
        copies.Add(original, copy);
        if (copy is Array array)
            CopyItems(array, copies);
        foreach (var field in Fields(copy))
        {
            if (field.GetValue(copy) is { } part && !IsValue(part))
                field.SetValue(copy, Copy(part, copies));
        }

        return copy;
    }

    static void CopyItems(Array array, IDictionary<object, object> copies)
    {
        var type = array.GetType().GetElementType()!;
        if (type.IsPrimitive || type == typeof(string))
            return;
        if (array.Rank > 1)
            throw new NotCopiedException($"a {array.GetType().Name}, which cannot be copied") { IsOfValue = true };
        for (var i = 0; i < array.Length; i++)
        {
            if (array.GetValue(i) is { } item)
                array.SetValue(Copy(item, copies), i);
        }
    }

    static bool All(object root, Func<object, bool> holds)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<object>([root]);
        while (open.TryPop(out var current))
        {
            if (IsValue(current) || !seen.Add(current))
                continue;
            if (!holds(current) || seen.Count > MostObjects)
                return false;
            foreach (var part in Parts(current))
                open.Push(part);
        }

        return true;
    }

    static bool IsValue(object value) =>
        value is string or Type or Enum || (value.GetType().IsPrimitive && value is not IntPtr);

    static IEnumerable<object> Parts(object value) =>
        value is not Array array ? Fields(value).Select(field => field.GetValue(value)).OfType<object>()
        : array.GetType().GetElementType()!.IsPrimitive ? []
        : array.Cast<object?>().OfType<object>();

    /// <summary>The fields of the object's class and of its bases.</summary>
    static IEnumerable<FieldInfo> Fields(object value)
    {
        if (value is Array)
            yield break;
        for (var type = value.GetType(); type is not null; type = type.BaseType)
        {
            foreach (var field in type.GetFields(
                    BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
                yield return field;
        }
    }
}
