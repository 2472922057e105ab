using System.Runtime.CompilerServices;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// Gives a non-differentiable module the gradient of its surrogate: y = g(x) + (s(x) - s(x).detach()), whose value is
/// exactly g(x) and whose gradient is that of s (BPDA, Athalye et al. 2018 [1]).
/// </summary>
/// <remarks>
/// It is a forward hook, so it acts in <c>call</c> wherever the module stands inside another, and only while a
/// gradient to the input is recorded: plain inference pays nothing. The roles attach it themselves; an ensemble
/// attaches it to modules of other base classes nested in its members.
/// </remarks>
public static class SurrogateGradient
{
    static readonly ConditionalWeakTable<Module, object> attached = [];

    /// <summary>Attaches the surrogate's gradient to a module that is <see cref="INonDifferentiable"/>; does nothing to others, or a second time.</summary>
    public static void Attach(Module<Tensor, Tensor> module)
    {
        if (module is not INonDifferentiable nonDifferentiable || !attached.TryAdd(module, module))
            return;

        module.register_forward_hook((_, images, output) =>
            is_grad_enabled() && images.requires_grad ? StraightThrough(output, nonDifferentiable.surrogate(images)) : output);
    }

    /// <summary>Attaches the surrogate's gradient to <paramref name="root"/> and to every module in the tree below it.</summary>
    public static void AttachAll(Module root)
    {
        // Unlike PyTorch's, TorchSharp's modules() leaves out the root itself.
        foreach (var module in root.modules().Prepend(root))
        {
            if (module is Module<Tensor, Tensor> tensorModule)
                Attach(tensorModule);
        }
    }

    static Tensor StraightThrough(Tensor exact, Tensor surrogate)
    {
        using var value = exact.detach();
        using var constant = surrogate.detach();
        using var zero = surrogate - constant;
        return value + zero;
    }
}
