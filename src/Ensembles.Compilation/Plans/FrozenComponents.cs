using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>An ensemble's components, frozen on the plan's device.</summary>
/// <param name="Fronts">What the members see the images through, one after the other.</param>
/// <param name="Members">The voting members.</param>
/// <param name="Gates">The gates.</param>
sealed record FrozenComponents(
    IReadOnlyList<CompiledComponent> Fronts,
    IReadOnlyList<CompiledComponent> Members,
    IReadOnlyList<(CompiledComponent Component, bool IsBehindFronts)> Gates)
{
    /// <summary>Freezes the components; see <see cref="CompiledComponent.Of"/>.</summary>
    /// <param name="components">The components.</param>
    /// <param name="device">The plan's device.</param>
    /// <param name="sample">Some images where the ensemble is.</param>
    /// <param name="engine">What computes the components that it can hold; null for torch.</param>
    /// <exception cref="ArgumentException">A component that fails on them, or is elsewhere.</exception>
    /// <exception cref="InvalidOperationException">
    /// A component that runs as it is and is in training mode, or one that does not compute what its layers do.
    /// </exception>
    public static FrozenComponents Of(
        Components components, Device device, Tensor sample, InferenceEngine? engine = null)
    {
        List<CompiledComponent> fronts = [], members = [], gates = [];
        try
        {
            var behindFronts = sample;
            foreach (var front in components.Fronts)
            {
                fronts.Add(Freeze(front.Name, front.Module, behindFronts));
                behindFronts = fronts[^1].Network.Run(behindFronts.to(device)).to(sample.device);
            }

            foreach (var member in components.All.Where(component => component.IsMember))
                members.Add(Freeze(member.Name, BehindInnerFronts.Of(member), behindFronts));
            foreach (var gate in InOrder(components))
                gates.Add(Freeze(
                    gate.Name, BehindInnerFronts.Of(gate), gate.IsBehindFronts ? behindFronts : sample));
        }
        catch
        {
            foreach (var network in fronts.Concat(members).Concat(gates).SelectMany(component => component.Frozen))
                network.Dispose();
            throw;
        }

        var places = InOrder(components).Select(gate => gate.IsBehindFronts);
        return new(fronts, members, [.. gates.Zip(places)]);

        CompiledComponent Freeze(string name, Module<Tensor, Tensor> module, Tensor seen) =>
            FrozenComponents.Freeze(name, module, device, seen, engine);
    }

    /// <summary>The gates in the order of their scores.</summary>
    static IEnumerable<Component> InOrder(Components components) =>
        components.Gates.Select(gate => components.All.First(component => component.Name == gate.Name));

    /// <summary>What the members see of images on the plan's device.</summary>
    public Tensor BehindFronts(Tensor images) =>
        Fronts.Aggregate(images, (seen, front) => front.Network.Run(seen));

    /// <summary>Disposes of what a plan does not keep.</summary>
    public void DisposeExcept(IReadOnlyList<FrozenNetwork> kept)
    {
        foreach (var network in Fronts
            .Concat(Members)
            .Concat(Gates.Select(gate => gate.Component))
            .SelectMany(component => component.Frozen))
            network.DisposeExcept(kept);
    }

    static CompiledComponent Freeze(
        string name, Module<Tensor, Tensor> module, Device device, Tensor sample, InferenceEngine? engine)
    {
        var component = CompiledComponent.Of(name, module, device, sample, engine);
        if (component.RunsAsIs is null)
            return component;
        if (module.training)
            throw new InvalidOperationException(
                $"{name} runs as it is ({component.RunsAsIs}) and is in training mode: "
                    + "call eval() on the ensemble before compiling.");
        if (module.parameters().Concat(module.buffers()).FirstOrDefault(t => t.device_type != device.type)
            is { } elsewhere)
            throw new ArgumentException(
                $"{name} runs as it is ({component.RunsAsIs}), on {elsewhere.device}; the plan is for {device}. "
                    + "Move the ensemble there first.",
                "options");
        return component;
    }
}
