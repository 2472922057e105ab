using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>A front, a member or a gate of an ensemble.</summary>
public sealed class Component
{
    /// <summary>A front, which the members see the images through.</summary>
    /// <param name="name">The property's name.</param>
    /// <param name="front">The front.</param>
    public Component(string name, InputTransform front) => (Name, Module) = (name, front);

    /// <summary>A voting member.</summary>
    /// <param name="name">The property's name.</param>
    /// <param name="member">The member.</param>
    public Component(string name, Classifier member) => (Name, Module, IsBehindFronts) = (name, member, true);

    /// <summary>A gate.</summary>
    /// <param name="name">The property's name.</param>
    /// <param name="gate">The gate.</param>
    /// <param name="threshold">Its threshold, float32 [1].</param>
    /// <param name="behindFronts">Whether it sees what the fronts make of the images.</param>
    public Component(string name, Detector gate, Tensor threshold, bool behindFronts = false) =>
        (Name, Module, Threshold, IsBehindFronts) = (name, gate, threshold, behindFronts);

    /// <summary>The property's name.</summary>
    public string Name { get; }

    /// <summary>The module.</summary>
    public Module<Tensor, Tensor> Module { get; }

    /// <summary>A gate's threshold, float32 [1]; null for any other component.</summary>
    public Tensor? Threshold { get; }

    /// <summary>Whether it is a front.</summary>
    public bool IsFront => Module is InputTransform;

    /// <summary>Whether it is a voting member.</summary>
    public bool IsMember => Module is Classifier;

    /// <summary>Whether it is a gate.</summary>
    public bool IsGate => Threshold is not null;

    /// <summary>Whether it sees what the fronts make of the images: members do, and gates that say so.</summary>
    public bool IsBehindFronts { get; }
}

/// <summary>A component under the name of the property that declares it.</summary>
/// <param name="Name">The property's name.</param>
/// <param name="Module">The component.</param>
public sealed record Named<TModule>(string Name, TModule Module) where TModule : Module<Tensor, Tensor>;
