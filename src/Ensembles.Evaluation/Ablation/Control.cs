using System.Text.Json.Serialization;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Evaluation;

/// <summary>
/// An ensemble that a study attacks beside the whole, to tell what diversity brings from what more votes bring.
/// </summary>
/// <remarks>Of the components of the whole, which it shares, and perhaps of others; it owns none of them.</remarks>
public sealed class Control
{
    Control(ControlKind kind, string subject, string name, Func<Components> components) =>
        (Kind, Subject, Name, Surface) = (kind, subject, name, AttackSurface.FromComponents(components));

    /// <summary>What is controlled for.</summary>
    public ControlKind Kind { get; }

    /// <summary>The category, or the member that is copied or replaced.</summary>
    public string Subject { get; }

    /// <summary>Its name in reports: "Transfer and Edges", "4 copies of Pruned".</summary>
    public string Name { get; }

    internal AttackSurface Surface { get; }

    /// <summary>
    /// The members of one category behind the fronts, without gates, for each category that several of them belong to.
    /// Not for one that all belong to, where these are the whole.
    /// </summary>
    /// <param name="ensemble">The whole, in evaluation mode, its gates calibrated.</param>
    public static IReadOnlyList<Control> SingleCategories(Ensemble ensemble)
    {
        var (members, gates) = (ensemble.Declaration.AllMembers, ensemble.Declaration.AllGates);
        return
        [
            .. from category in Enum.GetValues<Category>()
               where category != Category.Undefended
               let among = members.Where(member => member.Categories.Contains(category)).ToList()
               where among.Count > 1 && (among.Count < members.Count || gates.Count > 0)
               let left = members.Except(among).Select(member => member.Name).Concat(gates.Select(gate => gate.Name))
                   .ToList()
               select new Control(
                   ControlKind.SingleCategory, $"{category}",
                   string.Join(" and ", among.Select(member => member.Name)),
                   () => left.Aggregate(ensemble.Components, (kept, name) => kept.Without(name))),
        ];
    }

    /// <summary>
    /// The ensemble with an undefended classifier in the place of a member, for each member; of an ensemble among the
    /// members for it and for its own.
    /// </summary>
    /// <param name="ensemble">The whole, in evaluation mode, its gates calibrated.</param>
    /// <param name="undefended">
    /// A classifier (images to logits) of the members' architecture, trained without any defense, in evaluation mode.
    /// </param>
    public static IReadOnlyList<Control> UndefendedInPlace(Ensemble ensemble, Module<Tensor, Tensor> undefended)
    {
        var twin = undefended as Classifier ?? new AsClassifier(undefended);
        return
        [
            .. Paths(ensemble.Declaration).Select(name => new Control(
                ControlKind.UndefendedInPlace, name, $"undefended in place of {name}",
                () => ensemble.Components.With(name, twin))),
        ];
    }

    /// <summary>
    /// As many copies of a member as there are members, behind the same fronts, without gates, for each member that is
    /// random: its copies draw by themselves. Copies of any other member decide as it does alone.
    /// </summary>
    /// <param name="ensemble">The whole, in evaluation mode.</param>
    public static IReadOnlyList<Control> Copies(Ensemble ensemble)
    {
        var members = ensemble.Components.Members;
        return
        [
            .. from place in Enumerable.Range(0, members.Count)
               where members.Count > 1 && Draws.IsRandomized(members[place].Module)
               select Of(ensemble, place, () => Enumerable.Repeat(ensemble.Components.Members[place].Module,
                   members.Count)),
        ];
    }

    /// <summary>
    /// Classifiers of one member's kind, trained as it is from other seeds, in the place of all members, without gates.
    /// </summary>
    /// <param name="ensemble">The whole, in evaluation mode.</param>
    /// <param name="member">The member's property name, or the path to it.</param>
    /// <param name="copies">The classifiers, in evaluation mode; as many as there are members.</param>
    /// <exception cref="ArgumentException">No such member, or not as many copies.</exception>
    public static Control Copies(Ensemble ensemble, string member, IReadOnlyList<Classifier> copies)
    {
        var members = ensemble.Components.Members;
        var place = members.Select(other => other.Name).ToList().IndexOf(member);
        if (place < 0)
            throw new ArgumentException(
                $"{ensemble.Declaration.Name} has no member named {member} that votes by itself.", nameof(member));
        if (copies.Count != members.Count)
            throw new ArgumentException(
                $"The copies of {member} are {copies.Count}, and the members that they are compared with "
                + $"{members.Count}: give as many.",
                nameof(copies));
        return Of(ensemble, place, () => copies);
    }

    static Control Of(Ensemble ensemble, int place, Func<IEnumerable<Classifier>> copies)
    {
        var members = ensemble.Components.Members;
        return new Control(
            ControlKind.Copies, members[place].Name, $"{members.Count} copies of {members[place].Name}",
            () => ensemble.Components.Copies(place, [.. copies()]));
    }

    static IEnumerable<string> Paths(EnsembleDeclaration declaration) =>
        declaration.Members.SelectMany(member => member.Inner is { } inner
            ? Paths(inner).Select(path => $"{member.Name}.{path}").Prepend(member.Name)
            : [member.Name]);

    /// <summary>Any classifier as a member; whoever made it disposes of it.</summary>
    sealed class AsClassifier(Module<Tensor, Tensor> classifier) : Classifier(nameof(AsClassifier))
    {
        // A field of modules is registered by nobody.
        readonly Module<Tensor, Tensor>[] held = [classifier];

        public override Tensor forward(Tensor images) => held[0].call(images);

        public override IEnumerable<Module> modules() => held[0].modules().Prepend(held[0]);
    }
}

/// <summary>What is controlled for.</summary>
public enum ControlKind
{
    /// <summary>All members are of one category.</summary>
    SingleCategory,

    /// <summary>There are as many members, and all are one.</summary>
    Copies,

    /// <summary>There are as many members, and one has no defense.</summary>
    UndefendedInPlace,
}

/// <summary>The whole compared with a control.</summary>
/// <param name="Kind">What is controlled for.</param>
/// <param name="Subject">The category, or the member that is copied or replaced.</param>
/// <param name="Lenient">
/// Lenient robust accuracy of the whole compared with the control's, each attacked by itself; the p-value is corrected
/// over all controls of the kind.
/// </param>
public sealed record ControlComparison(ControlKind Kind, string Subject, PairedDifference Lenient)
{
    /// <summary>What it is compared with, in words.</summary>
    [JsonIgnore]
    public string Words => Kind switch
    {
        ControlKind.SingleCategory => $"its members of {Subject} alone",
        ControlKind.Copies => $"as many copies of {Subject}",
        _ => $"it with an undefended network in place of {Subject}",
    };
}
