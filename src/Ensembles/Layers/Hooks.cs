using System.Collections;
using System.Reflection;
using Module = TorchSharp.torch.nn.Module;

namespace Ensembles;

/// <summary>
/// Finds hooks, which a module runs around its forward and which whoever takes the module apart would lose.
/// </summary>
static class Hooks
{
    // TorchSharp keeps them in private dictionaries and has no question for them.
    static readonly string[] fields = ["pre_hooks", "post_hooks", "module_pre_hooks", "module_post_hooks"];

    /// <summary>
    /// Whether somebody hooked the module. The surrogate's own hook acts only on gradients and does not count.
    /// </summary>
    public static bool Any(Module module) => Count(module) > (SurrogateGradient.IsAttached(module) ? 1 : 0);

    static int Count(Module module)
    {
        var (found, count) = (0, 0);
        for (var type = module.GetType(); type is not null; type = type.BaseType)
        {
            foreach (var name in fields)
            {
                const BindingFlags Own = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
                if (type.GetField(name, Own)?.GetValue(module) is not ICollection hooks)
                    continue;
                found++;
                count += hooks.Count;
            }
        }

        // Another TorchSharp, with other fields: as if there were hooks.
        return found == fields.Length ? count : int.MaxValue;
    }
}
