using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>A member or a gate of an ensemble.</summary>
public sealed class Component
{
    /// <summary>A voting member.</summary>
    /// <param name="name">The property's name.</param>
    /// <param name="member">The member.</param>
    public Component(string name, Classifier member) => (Name, Module) = (name, member);

    /// <summary>A gate.</summary>
    /// <param name="name">The property's name.</param>
    /// <param name="gate">The gate.</param>
    /// <param name="threshold">Its threshold, float32 [1].</param>
    public Component(string name, Detector gate, Tensor threshold) =>
        (Name, Module, Threshold) = (name, gate, threshold);

    /// <summary>The property's name.</summary>
    public string Name { get; }

    /// <summary>The module.</summary>
    public Module<Tensor, Tensor> Module { get; }

    /// <summary>A gate's threshold, float32 [1]; null for a member.</summary>
    public Tensor? Threshold { get; }

    /// <summary>Whether it is a gate.</summary>
    public bool IsGate => Threshold is not null;
}

/// <summary>A component under the name of the property that declares it.</summary>
/// <param name="Name">The property's name.</param>
/// <param name="Module">The component.</param>
public sealed record Named<TModule>(string Name, TModule Module) where TModule : Module<Tensor, Tensor>;
