using System.Collections;
using System.Reflection;
using System.Runtime.CompilerServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Ensembles;

/// <summary>
/// Makes a frozen copy of a module with a forward of its own: the same class and the same field values, with weights
/// that belong to the copy, in evaluation mode; where asked for, convolutions are laid out channels last, and every
/// part that can be taken apart becomes lowered layers.
/// </summary>
/// <remarks>
/// It knows numbers, strings, tensors, modules and collections of them, and other objects that lead to no tensor and no
/// module: it shares them where they never change, and copies them where they may. A field with anything else, such as
/// a delegate that may refer back to the original, ends the copy with a reason.
/// </remarks>
sealed class ModuleCopier(Device device, bool lower)
{
    readonly Dictionary<object, object> copies = new(ReferenceEqualityComparer.Instance);

    /// <summary>
    /// Tensors and layers of the copies. Modules themselves are left to the garbage collector: disposing one reaches
    /// into its fields.
    /// </summary>
    readonly List<IDisposable> owned = [];

    /// <summary>Whether a forward could write into something that two calls share.</summary>
    bool mayKeepState;

    /// <summary>The copy of a module and of everything inside it.</summary>
    /// <param name="module">The module.</param>
    /// <param name="device">Where the copy is to be.</param>
    /// <param name="lower">
    /// Whether parts are lowered and laid out; else the copy computes as the module does, operation by operation.
    /// </param>
    /// <exception cref="NotCopiedException">Something in it cannot be copied.</exception>
    public static ModuleLayer Layer(nn.Module<Tensor, Tensor> module, Device device, bool lower)
    {
        var copier = new ModuleCopier(device, lower);
        try
        {
            var copy = (nn.Module<Tensor, Tensor>)copier.Copy(module);
            return new ModuleLayer(copy, copier.mayKeepState, copier.owned);
        }
        catch
        {
            copier.owned.ForEach(item => item.Dispose());
            throw;
        }
    }

    Module Copy(Module original)
    {
        if (copies.TryGetValue(original, out var known))
            return (Module)known;

        // What has no call, such as a list of modules, has nothing to hook.
        if (ModuleClass.Root(original.GetType()) != typeof(Module) && Hooks.Any(original))
            throw new NotCopiedException($"{original.GetType().Name} has hooks");
        if (original is IRandomized)
            throw new NotCopiedException($"{original.GetType().Name} is randomised");
        if (lower && original.GetType() == typeof(Sequential))
            return Remember(original, nn.Sequential((nameof(LoweredModule), Lower((Sequential)original))));

        var constructor = ModuleClass.Constructor(original);
        var copy = (Module)RuntimeHelpers.GetUninitializedObject(original.GetType());
        constructor.Invoke(copy, [original.GetName()]);
        Remember(original, copy);
        foreach (var field in ModuleClass.Fields(original.GetType()))
            field.SetValue(copy, CopyField(original, field));
        RegisterAll(original, copy);
        copy.eval();
        return copy;
    }

    Module Remember(Module original, Module copy)
    {
        copies.Add(original, copy);
        return copy;
    }

    object? CopyField(Module original, FieldInfo field)
    {
        var value = field.GetValue(original);
        // TorchSharp's own layers write to no field in evaluation mode.
        if (!field.IsInitOnly && field.DeclaringType!.Assembly != typeof(Module).Assembly)
            mayKeepState = true;
        try
        {
            var copy = CopyInto(field.FieldType, value);
            return lower
                && value is Parameter
                && original is Convolution
                && copy is Parameter weight
                && weight.dim() == 4
                ? LaidOut(weight)
                : copy;
        }
        catch (NotCopiedException inner) when (inner.IsOfValue)
        {
            throw new NotCopiedException($"{original.GetType().Name}'s field {field.Name} holds {inner.Message}");
        }
    }

    /// <summary>
    /// The copy of what a field or a collection holds, as lowered layers where there may stand any module.
    /// </summary>
    object? CopyInto(Type slot, object? value)
    {
        if (value is not Module module)
            return CopyValue(value);
        var copy = value is nn.Module<Tensor, Tensor> layers
            && CanBeLowered(layers)
            && slot.IsAssignableFrom(typeof(LoweredModule))
            ? Known(layers) ?? Remember(layers, Lower(layers))
            : Copy(module);
        // Lowered layers may have taken its place already, elsewhere.
        return slot.IsInstanceOfType(copy)
            ? copy
            : throw new NotCopiedException(
                $"a {value.GetType().Name}, which is also held where any module may be") { IsOfValue = true };
    }

    bool CanBeLowered(Module module) =>
        lower && (module is ILayered or IResidual || module.GetType() == typeof(Sequential));

    LoweredModule Lower(nn.Module<Tensor, Tensor> module)
    {
        var network = Lowering.Of(module, device);
        var laid = network.Variant(ConvolutionPath.ChannelsLast, ScalarType.Float32);
        network.DisposeExcept(laid);
        owned.Add(laid);
        return new LoweredModule(laid);
    }

    object? CopyValue(object? value)
    {
        switch (value)
        {
            case null or string or Enum or Type or Device or Scalar or decimal or DateTime or TimeSpan:
                return value;
            case Parameter parameter:
                return Known(parameter) ?? Own(parameter, AsParameter(Frozen(parameter)));
            case Tensor tensor:
                return Known(tensor) ?? Own(tensor, Frozen(tensor));
            case Module module:
                return Copy(module);
        }

        var type = value.GetType();
        if (type.IsPrimitive)
            return value;
        if (Known(value) is { } known)
            return known;
        if (value is Array { Rank: 1 } array)
            return CopyArray(array);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(List<>))
            return CopyList((IList)value);
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Dictionary<,>))
            return CopyDictionary((IDictionary)value);
        if (type.IsValueType)
            return CopyStruct(value);
        if (!PlainObjects.IsPlain(value))
            throw new NotCopiedException($"a {type.Name}, which cannot be copied") { IsOfValue = true };
        if (PlainObjects.NeverChanges(value))
            return value;
        mayKeepState = true;
        return PlainObjects.Copy(value, copies);
    }

    object? Known(object original) => copies.GetValueOrDefault(original);

    Tensor Frozen(Tensor tensor)
    {
        using var scope = NewDisposeScope();
        return tensor.detach().to(device).clone().DetachFromDisposeScope();
    }

    Tensor Own(Tensor original, Tensor copy)
    {
        copy.DetachFromDisposeScope();
        copies.Add(original, copy);
        owned.Add(copy);
        return copy;
    }

    Parameter LaidOut(Parameter weight)
    {
        using var scope = NewDisposeScope();
        var laid = AsParameter(ConvLayer.ChannelsLast(weight));
        laid.DetachFromDisposeScope();
        owned.Add(laid);
        return laid;
    }

    /// <summary>A parameter with a handle of its own to the values.</summary>
    static Parameter AsParameter(Tensor values)
    {
        using (values)
            return new Parameter(values, false);
    }

    Array CopyArray(Array original)
    {
        var slot = original.GetType().GetElementType()!;
        var copy = Array.CreateInstance(slot, original.Length);
        copies.Add(original, copy);
        for (var i = 0; i < original.Length; i++)
            copy.SetValue(CopyInto(slot, original.GetValue(i)), i);
        return copy;
    }

    IList CopyList(IList original)
    {
        var copy = (IList)Activator.CreateInstance(original.GetType())!;
        copies.Add(original, copy);
        foreach (var item in original)
            copy.Add(CopyInto(original.GetType().GenericTypeArguments[0], item));
        return copy;
    }

    IDictionary CopyDictionary(IDictionary original)
    {
        var copy = (IDictionary)Activator.CreateInstance(original.GetType())!;
        copies.Add(original, copy);
        foreach (DictionaryEntry item in original)
            copy.Add(item.Key, CopyInto(original.GetType().GenericTypeArguments[1], item.Value));
        return copy;
    }

    object CopyStruct(object original)
    {
        var copy = RuntimeHelpers.GetObjectValue(original);
        foreach (var field in original.GetType().GetFields(ModuleClass.OwnFields))
            field.SetValue(copy, CopyInto(field.FieldType, field.GetValue(original)));
        return copy;
    }

    /// <summary>Registers what the original has registered, for a forward that asks for its parts by name.</summary>
    void RegisterAll(Module original, Module copy)
    {
        foreach (var (name, parameter) in original.named_parameters(recurse: false))
            copy.register_parameter(name, (Parameter)CopyValue(parameter)!);
        foreach (var (name, buffer) in original.named_buffers(recurse: false))
            copy.register_buffer(name, (Tensor)CopyValue(buffer)!);
        foreach (var (name, child) in original.named_children())
            copy.register_module(name, copies.TryGetValue(child, out var known) ? (Module)known : Copy(child));
    }
}
