using System.Reflection;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Tells objects that only hold values from those that may lead to tensors, modules or other code's state.
/// </summary>
static class PlainObjects
{
    const int MostObjects = 1000;

    /// <summary>Whether nothing reachable from the object is a tensor, a module, a delegate or a resource.</summary>
    public static bool IsPlain(object root)
    {
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        var open = new Stack<object>([root]);
        while (open.TryPop(out var current))
        {
            if (current is string or Type || current.GetType().IsPrimitive || current is Enum || !seen.Add(current))
                continue;
            if (current is Tensor or nn.Module or Delegate or IDisposable or Pointer or IntPtr
                || seen.Count > MostObjects)
                return false;
            foreach (var part in Parts(current))
                open.Push(part);
        }

        return true;
    }

    static IEnumerable<object> Parts(object value)
    {
        if (value is Array array)
            return array.GetType().GetElementType()!.IsPrimitive ? [] : array.Cast<object?>().OfType<object>();

        var parts = new List<object>();
        for (var type = value.GetType(); type is not null; type = type.BaseType)
        {
            foreach (var field in type.GetFields(
                    BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly))
            {
                if (field.GetValue(value) is { } part)
                    parts.Add(part);
            }
        }

        return parts;
    }
}
