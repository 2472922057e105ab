using System.Collections;
using System.Reflection;
using Module = TorchSharp.torch.nn.Module;

namespace Ensembles.Attacks;

/// <summary>
/// The modules a module may call: those registered in it, and those that its fields hold without registering them, as a
/// wrapper of a network often does.
/// </summary>
static class ReachedModules
{
    const BindingFlags Fields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic
        | BindingFlags.DeclaredOnly;

    /// <summary>The module and all it reaches, each once, callers before what they call.</summary>
    public static IReadOnlyList<Module> From(Module root)
    {
        var reached = new List<Module>();
        var known = new HashSet<Module>(ReferenceEqualityComparer.Instance);
        Add(root);
        return reached;

        void Add(Module module)
        {
            if (!known.Add(module))
                return;
            reached.Add(module);
            foreach (var child in module.children().Concat(HeldBy(module)))
                Add(child);
        }
    }

    static IEnumerable<Module> HeldBy(Module module)
    {
        for (var type = module.GetType(); type is not null && IsOfUser(type); type = type.BaseType)
        {
            foreach (var field in type.GetFields(Fields))
            {
                var held = field.GetValue(module) switch
                {
                    Module one => [one],
                    ICollection several and not IDictionary => several.OfType<Module>(),
                    _ => [],
                };
                foreach (var one in held)
                    yield return one;
            }
        }
    }

    /// <remarks>What TorchSharp's own modules hold they register.</remarks>
    static bool IsOfUser(Type type) => type.Assembly != typeof(Module).Assembly;
}
