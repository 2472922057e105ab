using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>A front, a member or a gate of an ensemble.</summary>
/// <remarks>
/// An ensemble that is a member of another stands in <see cref="Components.All"/> by its own components, whose names
/// are paths: <c>Inner.Edges</c>.
/// </remarks>
public sealed class Component
{
    readonly Module<Tensor, Tensor>? module;

    /// <summary>A front, which the members see the images through.</summary>
    /// <param name="name">The property's name.</param>
    /// <param name="front">The front.</param>
    public Component(string name, InputTransform front) => (Name, this.module) = (name, front);

    /// <summary>A voting member.</summary>
    /// <param name="name">The property's name.</param>
    /// <param name="member">The member.</param>
    public Component(string name, Classifier member) =>
        (Name, module, IsBehindFronts) = (name, member, true);

    /// <summary>An ensemble that votes as a member.</summary>
    /// <param name="name">The property's name.</param>
    /// <param name="inside">Who decides there, and how.</param>
    /// <exception cref="ArgumentException">One whose voting rule is fitted.</exception>
    public Component(string name, Components inside)
    {
        (Name, Inside, IsBehindFronts) = (name, inside, true);
        if (inside.Vote is not null)
            throw new ArgumentException(
                $"{name} decides by a voting rule with numbers that are fitted to what it sees alone, so it is no "
                    + "member of another ensemble: give it a rule that is not fitted.",
                nameof(inside));
    }

    /// <summary>A gate.</summary>
    /// <param name="name">The property's name.</param>
    /// <param name="gate">The gate.</param>
    /// <param name="threshold">Its threshold, float32 [1].</param>
    /// <param name="behindFronts">Whether it sees what the fronts make of the images.</param>
    public Component(string name, Detector gate, Tensor threshold, bool behindFronts = false) =>
        (Name, module, Threshold, IsBehindFronts) = (name, gate, threshold, behindFronts);

    /// <summary>A component of an ensemble that is a member: with a path for a name, and what it sees.</summary>
    Component(string path, Component component, IReadOnlyList<Component> through) =>
        (Name, module, Threshold, IsBehindFronts, Through, IsInner) =
        (path, component.module, component.Threshold, true, through, true);

    /// <summary>The property's name; for a component of an ensemble that is a member the path to it.</summary>
    public string Name { get; }

    /// <summary>The module.</summary>
    /// <exception cref="InvalidOperationException">An ensemble that is a member: it gives decisions.</exception>
    public Module<Tensor, Tensor> Module => module ?? throw new InvalidOperationException(
        $"{Name} is an ensemble, which decides and gives no logits; Components.All lists what it consists of.");

    /// <summary>A gate's threshold, float32 [1]; null for any other component.</summary>
    public Tensor? Threshold { get; }

    /// <summary>Whether it is a front.</summary>
    public bool IsFront => module is InputTransform;

    /// <summary>Whether it is a classifier that votes.</summary>
    public bool IsMember => module is Classifier;

    /// <summary>Whether it is a gate.</summary>
    public bool IsGate => Threshold is not null;

    /// <summary>Whether it sees what the fronts make of the images: members do, and gates that say so.</summary>
    public bool IsBehindFronts { get; }

    /// <summary>Whether it belongs to an ensemble that is a member.</summary>
    public bool IsInner { get; }

    /// <summary>
    /// What a component of an ensemble that is a member sees the images through besides the fronts of the whole: those
    /// of the ensembles around it, outermost first.
    /// </summary>
    public IReadOnlyList<Component> Through { get; } = [];

    /// <summary>Who decides inside an ensemble that is a member; null for any other component.</summary>
    internal Components? Inside { get; }

    /// <summary>The component as one of an ensemble that is a member.</summary>
    /// <param name="ensemble">The member's name.</param>
    /// <param name="through">The fronts there that it sees the images through, by their paths.</param>
    internal Component Within(string ensemble, IEnumerable<Component> through) => new(
        $"{ensemble}.{Name}", this, [.. through, .. Through.Select(front => front.Within(ensemble, []))]);
}

/// <summary>A component under the name of the property that declares it.</summary>
/// <param name="Name">The property's name.</param>
/// <param name="Module">The component.</param>
public sealed record Named<TModule>(string Name, TModule Module) where TModule : Module<Tensor, Tensor>;
