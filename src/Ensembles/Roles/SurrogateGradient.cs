using System.Runtime.CompilerServices;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// Gives a non-differentiable module the gradient of its surrogate: the output is s(x) with the values of g(x) written
/// into it, so its value is g(x) bit for bit and its gradient that of s (BPDA, Athalye et al. 2018 [1]).
/// </summary>
/// <remarks>
/// It is a forward hook, so it acts in <c>call</c> wherever the module stands inside another, and only while a
/// gradient to the input is recorded: plain inference pays nothing. The roles attach it themselves; an ensemble
/// attaches it to modules of other base classes nested in its members. The textbook form g(x) + (s(x) - s(x).detach())
/// is not exact: it turns -0 into 0, and g(x) into NaN where s(x) is infinite.
/// </remarks>
public static class SurrogateGradient
{
    static readonly ConditionalWeakTable<Module, object> attached = [];

    /// <summary>
    /// Attaches the surrogate's gradient to a module that is <see cref="INonDifferentiable"/>; does nothing to others,
    /// or a second time.
    /// </summary>
    public static void Attach(Module<Tensor, Tensor> module)
    {
        if (module is not INonDifferentiable nonDifferentiable || !attached.TryAdd(module, module))
            return;

        module.register_forward_hook((_, images, output) =>
            is_grad_enabled() && images.requires_grad ? StraightThrough(nonDifferentiable, images, output) : output);
    }

    /// <summary>Whether the surrogate's hook is on the module.</summary>
    internal static bool IsAttached(Module module) => attached.TryGetValue(module, out _);

    /// <summary>
    /// Attaches the surrogate's gradient to <paramref name="root"/> and to every module in the tree below it.
    /// </summary>
    public static void AttachAll(Module root)
    {
        // Unlike PyTorch's, TorchSharp's modules() leaves out the root itself.
        foreach (var module in root.modules().Prepend(root))
        {
            if (module is Module<Tensor, Tensor> tensorModule)
                Attach(tensorModule);
        }
    }

    static Tensor StraightThrough(INonDifferentiable module, Tensor images, Tensor exact)
    {
        var surrogate = module.surrogate(images);
        if (!surrogate.shape.SequenceEqual(exact.shape) || surrogate.dtype != exact.dtype)
            throw new InvalidOperationException(
                $"The surrogate of {module.GetType().Name} gives {surrogate.dtype} "
                    + $"[{string.Join(", ", surrogate.shape)}] where forward gives {exact.dtype} "
                    + $"[{string.Join(", ", exact.shape)}]; they must agree.");

        var output = surrogate.clone();
        using (var values = output.detach())
            values.copy_(exact);
        DisposeUnless(images, surrogate);
        DisposeUnless(images, exact);
        return output;
    }

    static void DisposeUnless(Tensor input, Tensor tensor)
    {
        if (!ReferenceEquals(tensor, input))
            tensor.Dispose();
    }
}
