using System.Reflection;
using TorchSharp.Utils;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// The base of every ensemble the generator wires: images, float32 [N, C, H, W] in [0, 1], to a <see cref="Decision"/>.
/// </summary>
public abstract class Ensemble : Module<Tensor, Decision>
{
    /// <summary>Creates the module under the ensemble's name.</summary>
    protected Ensemble(string name) : base(name)
    {
    }

    /// <summary>The declaration as data.</summary>
    public abstract EnsembleDeclaration Declaration { get; }

    /// <summary>Who decides and how, with the weights and thresholds of this moment.</summary>
    public abstract Components Components { get; }

    /// <summary>
    /// The classifiers that vote, in order of declaration; those of an ensemble among the members in its place, by
    /// their paths (<c>Inner.Edges</c>).
    /// </summary>
    public virtual IReadOnlyList<Named<Classifier>> Members => Components.Members;

    /// <summary>What the members see the images through, in order of declaration.</summary>
    public virtual IReadOnlyList<Named<InputTransform>> Fronts => Components.Fronts;

    /// <summary>
    /// The gates, in order of declaration: first those that reject, then those of ensembles among the members, by their
    /// paths.
    /// </summary>
    public virtual IReadOnlyList<Named<Detector>> Gates => Components.Gates;

    /// <summary>What an attacker who knows everything about this ensemble differentiates.</summary>
    /// <remarks>A new one each time, so that it knows every module that the components have by then.</remarks>
    public virtual AttackSurface Surface => AttackSurface.FromComponents(() => Components);

    /// <summary>
    /// The vote and the gates as one TorchScript function, which a compiled plan runs on a GPU; null where the voting
    /// rule has no <see cref="VoteScriptAttribute"/>, and the plan votes in C#.
    /// </summary>
    /// <remarks>
    /// <c>decide(logits, weights, gate_scores, thresholds)</c> of logits [M, N, K], weights [M], gate scores [G, N] and
    /// thresholds [G] returns scores [N, K] and labels [N].
    /// </remarks>
    public virtual string? DecisionScript => null;

    /// <summary>
    /// The ensembles with one component left out, sharing the trained components with this one: one for each front and
    /// each gate, and one for each member where another member remains; then, by their paths, likewise for the
    /// components of ensembles among the members.
    /// </summary>
    public abstract IReadOnlyList<LeftOut> LeaveOneOut();

    /// <summary>
    /// Sets every gate's threshold on clean validation images at the gate's false positive rate, those in ensembles
    /// among the members on what they see of the images there.
    /// </summary>
    /// <param name="validationImages">Clean images [N, C, H, W] used neither in training nor in a test.</param>
    public virtual void CalibrateGates(Tensor validationImages) =>
        Components.CalibrateGates(Declaration.AllGates.Select(gate => gate.FalsePositiveRate), validationImages);

    /// <summary>
    /// Fits the numbers of a voting rule that has some, an <see cref="IFittedRule"/>, on validation images.
    /// Ensembles.Attacks has an overload that takes an attack and makes the attacked images.
    /// </summary>
    /// <param name="validation">Clean images used neither in training nor in a test.</param>
    /// <param name="attacked">
    /// For each member these images perturbed against it alone, [N, C, H, W] each, in order of declaration; null for
    /// none.
    /// </param>
    /// <exception cref="ArgumentException">
    /// No images, images that a part of the ensemble was fitted to, or none attacked where the rule needs them.
    /// </exception>
    /// <exception cref="InvalidOperationException">A voting rule that has nothing to fit.</exception>
    public virtual void FitVote(LabeledImages validation, IReadOnlyList<Tensor>? attacked = null) =>
        Components.FitVote(validation, attacked);

    /// <summary>
    /// Registers the modules in the fields of the object's class, as every module does, and before them those in
    /// private fields of the ensembles that the class derives from, which TorchSharp does not look at.
    /// </summary>
    protected override void RegisterComponents()
    {
        HashSet<string> known = [.. named_children().Select(child => child.name)];
        foreach (var type in Above(GetType().BaseType))
        {
            foreach (var field in type.GetFields(
                BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            {
                var name = field.GetCustomAttribute<ComponentNameAttribute>()?.Name ?? field.Name;
                if (field.IsPrivate && field.GetValue(this) is nn.Module module && known.Add(name))
                    register_module(name, module);
            }
        }

        base.RegisterComponents();
    }

    /// <summary>The ensembles that a class derives from, down to it.</summary>
    static IEnumerable<Type> Above(Type? type) =>
        type is null || type == typeof(Ensemble) ? [] : Above(type.BaseType).Append(type);
}

/// <summary>An ensemble with one component left out.</summary>
/// <param name="Name">The property name of the component left out, or the path to it.</param>
/// <param name="Ensemble">The reduced ensemble. It owns no components: disposing it leaves the whole intact.</param>
public sealed record LeftOut(string Name, Ensemble Ensemble)
{
    /// <summary>
    /// The ensembles with one component left out, and after them those that are missing for components of ensembles
    /// among the members: ones that the declaration of the whole could not see, since they are of another assembly and
    /// not public.
    /// </summary>
    /// <param name="whole">The whole ensemble.</param>
    /// <param name="known">The ones that were declared with it.</param>
    public static IReadOnlyList<LeftOut> Completed(Ensemble whole, IReadOnlyList<LeftOut> known) =>
    [
        .. known,
        .. whole.Declaration.Members
            .SelectMany(member => Paths(member.Inner).Select(path => $"{member.Name}.{path}"))
            .Except(known.Select(left => left.Name))
            .Select(path => new LeftOut(path, new UndeclaredVariant(whole, path))),
    ];

    /// <summary>What can be left out of an ensemble that is a member.</summary>
    static IEnumerable<string> Paths(EnsembleDeclaration? inner) => inner is null
        ? []
        :
        [
            .. inner.Fronts.Select(front => front.Name),
            .. inner.Gates.Select(gate => gate.Name),
            .. inner.Members.Where(_ => inner.Members.Count > 1).Select(member => member.Name),
            .. inner.Members.SelectMany(member => Paths(member.Inner).Select(path => $"{member.Name}.{path}")),
        ];

    sealed class UndeclaredVariant(Ensemble whole, string leftOut) : EnsembleVariant(whole, leftOut);
}
