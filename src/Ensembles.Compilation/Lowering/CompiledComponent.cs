using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>A member or gate of a plan: a frozen network, or the ensemble's own module.</summary>
/// <param name="Name">The property's name.</param>
/// <param name="Original">The ensemble's own module.</param>
/// <param name="Network">What runs. For a module that runs as it is, the module is its only layer.</param>
/// <param name="RunsAsIs">Why the module runs as it is; null when it is frozen.</param>
sealed record CompiledComponent(string Name, Module<Tensor, Tensor> Original, FrozenNetwork Network, string? RunsAsIs)
{
    const double Tolerance = 1e-5;

    /// <summary>A GPU adds up in another order, and by algorithms that differ with the layout.</summary>
    const double ToleranceOnCuda = 1e-3;

    /// <summary>
    /// Freezes a component, whose modules are in evaluation mode, and checks the result on <paramref name="sample"/>
    /// images.
    /// </summary>
    /// <exception cref="ArgumentException">The component fails on such images.</exception>
    /// <exception cref="InvalidOperationException">
    /// Layers that do not compute what the component's forward does.
    /// </exception>
    public static CompiledComponent Of(string name, Module<Tensor, Tensor> original, Device device, Tensor sample)
    {
        if (Draws.IsRandomized(original))
            return AsIs("it draws random numbers");
        FrozenNetwork? network = null;
        try
        {
            network = Lowering.Of(original, device);
            if (Agrees(name, original, network, sample, device))
                return new(name, original, network, null);
            if (network.OwnForward.Count == 0)
                throw new InvalidOperationException(
                    $"The layers of {name} do not compute what its forward does: "
                        + $"a module that is {nameof(ILayered)} calls its layers one after the other and does nothing "
                        + "else.");
            network.Dispose();
            return AsIs("its copy computes something else");
        }
        catch (NotCopiedException exception)
        {
            network?.Dispose();
            return AsIs(exception.Message);
        }

        CompiledComponent AsIs(string reason) =>
            new(name, original, new FrozenNetwork([new ModuleLayer(original, oneAtATime: true, owned: [])]), reason);
    }

    static bool Agrees(
        string name, Module<Tensor, Tensor> original, FrozenNetwork network, Tensor sample, Device device)
    {
        using var scope = NewDisposeScope();
        var isOnCuda = sample.device_type == DeviceType.CUDA || device.type == DeviceType.CUDA;
        using var exact = isOnCuda ? new WithoutTf32() : null;
        Tensor expected, actual;
        try
        {
            expected = original.call(sample).to(device);
        }
        catch (Exception exception)
        {
            throw new ArgumentException(
                $"{name} fails on images [{string.Join(", ", sample.shape)}]: {exception.Message}",
                "options",
                exception);
        }

        try
        {
            actual = network.Run(sample.to(device));
        }
        catch (Exception exception) when (network.OwnForward.Count > 0)
        {
            throw new NotCopiedException($"its copy fails: {exception.Message}");
        }

        var tolerance = isOnCuda ? ToleranceOnCuda : Tolerance;
        return actual.shape.SequenceEqual(expected.shape)
            && actual.allclose(expected, rtol: tolerance, atol: tolerance, equal_nan: true);
    }
}
