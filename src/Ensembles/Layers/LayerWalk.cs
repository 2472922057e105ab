using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using Module = TorchSharp.torch.nn.Module;

namespace Ensembles;

/// <summary>What a module is made of: one of the records below.</summary>
abstract record Layer;

/// <summary>
/// A layer whose forward is known by its class: Conv2d with zeros around the image, Linear, BatchNorm, ReLU, Flatten,
/// MaxPool2d, AvgPool2d, AdaptiveAvgPool2d, or <see cref="IAffine"/>.
/// </summary>
sealed record KnownLayer(Module Module) : Layer;

/// <summary>branch(x) + shortcut(x), each a row of modules; a shortcut without modules is x itself.</summary>
sealed record LayerSum(
    IReadOnlyList<nn.Module<Tensor, Tensor>> Branch, IReadOnlyList<nn.Module<Tensor, Tensor>> Shortcut) : Layer;

/// <summary>A module that may do anything in its forward.</summary>
sealed record OwnForwardLayer(nn.Module<Tensor, Tensor> Module) : Layer;

/// <summary>A module of which nobody can say what it does.</summary>
/// <param name="Obstacle">Why, as a clause.</param>
sealed record UnknownLayer(string Obstacle) : Layer;

/// <summary>
/// Takes a module in evaluation mode apart into the layers that it calls one after the other: what
/// <see cref="Sequential"/>, <see cref="ILayered"/> and <see cref="IResidual"/> say of themselves, down to TorchSharp's
/// common layers. Plans lower what it gives, certificates bound it.
/// </summary>
static class LayerWalk
{
    /// <summary>The layers, found as they are asked for; what does nothing in evaluation mode is left out.</summary>
    public static IEnumerable<Layer> Of(nn.Module<Tensor, Tensor> module)
    {
        if (Hooks.Any(module))
            return [new UnknownLayer($"{module.GetType().Name} has hooks")];
        return module switch
        {
            Sequential sequential when Is<Sequential>(module) =>
                Enumerable.Range(0, sequential.Count).SelectMany(i => OfItem(sequential[i])),
            ILayered layered => Row(layered.Layers),
            IResidual residual =>
                Row(residual.Before)
                    .Append(new LayerSum(residual.Branch, residual.Shortcut))
                    .Concat(Row(residual.After)),
            Dropout or Dropout2d or Identity
                when Is<Dropout>(module) || Is<Dropout2d>(module) || Is<Identity>(module) => [],
            _ when IsKnown(module) => [new KnownLayer(module)],
            _ => [new OwnForwardLayer(module)],
        };
    }

    /// <summary>The layers of modules called one after the other.</summary>
    public static IEnumerable<Layer> Row(IEnumerable<nn.Module<Tensor, Tensor>> modules) =>
        modules.SelectMany(module => Of(module));

    static IEnumerable<Layer> OfItem(nn.IModule<Tensor, Tensor> item) => item is nn.Module<Tensor, Tensor> module
        ? Of(module)
        : [new UnknownLayer($"{item.GetType().Name} is no Module<Tensor, Tensor>")];

    // A class derived from one of TorchSharp's may do anything in its forward; so the type itself is asked for.
    static bool IsKnown(Module module) => module switch
    {
        Conv2d { padding_mode: PaddingModes.Zeros, padding_type: null, padding: not null } => Is<Conv2d>(module),
        AvgPool2d { divisor_override: null } => Is<AvgPool2d>(module),
        Linear or BatchNorm2d or BatchNorm1d or ReLU or Flatten or MaxPool2d or AdaptiveAvgPool2d =>
            Is<Linear>(module) || Is<BatchNorm2d>(module) || Is<BatchNorm1d>(module) || Is<ReLU>(module)
            || Is<Flatten>(module) || Is<MaxPool2d>(module) || Is<AdaptiveAvgPool2d>(module),
        IAffine => true,
        _ => false,
    };

    static bool Is<T>(Module module) => module.GetType() == typeof(T);
}
