using System.Reflection;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Ensembles;

/// <summary>What the class of a module says about making another instance of it.</summary>
static class ModuleClass
{
    /// <summary>The fields that a class itself declares.</summary>
    public const BindingFlags OwnFields =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>
    /// The constructor that gives the copy a native module and empty lists of its own, and knows nothing of the class's
    /// fields.
    /// </summary>
    public static ConstructorInfo Constructor(Module original)
    {
        var root = Root(original.GetType());
        for (var type = original.GetType(); type != root; type = type.BaseType!)
        {
            if (type.Assembly == typeof(Module).Assembly && !Knows(original))
                throw new NotCopiedException($"{type.Name} may keep its weights outside of .NET");
        }

        return root.GetConstructor(BindingFlags.Instance | BindingFlags.NonPublic, [typeof(string)])
            ?? throw new NotCopiedException($"{original.GetType().Name} cannot be constructed");
    }

    /// <summary>TorchSharp's modules that are written in C# and keep everything in fields.</summary>
    static bool Knows(Module module) => module is
        Convolution or Linear or NormBase or GroupNorm or LayerNorm or PReLU or Sequential
            or ParameterLessModule<Tensor, Tensor>
        || Root(module.GetType()) == typeof(Module);

    /// <summary>
    /// TorchSharp's base class of a module: Module&lt;Tensor, Tensor&gt; for most, Module for lists and dictionaries of
    /// modules and of parameters.
    /// </summary>
    public static Type Root(Type type)
    {
        while (type != typeof(Module) && !IsGenericModule(type))
            type = type.BaseType!;
        return type;

        static bool IsGenericModule(Type type) =>
            type.IsGenericType
            && type.Assembly == typeof(Module).Assembly
            && type.DeclaringType == typeof(nn)
            && type.Name.StartsWith("Module`", StringComparison.Ordinal);
    }

    /// <summary>The fields that the class and its bases declare, up to TorchSharp's base class.</summary>
    public static IEnumerable<FieldInfo> Fields(Type type)
    {
        var root = Root(type);
        for (var current = type; current != root; current = current.BaseType!)
        {
            foreach (var field in current.GetFields(OwnFields))
                yield return field;
        }
    }
}
