using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// An ensemble with one component left out. It shares the components, weights and thresholds of the whole, which it reads anew each time, and owns none of
/// them: disposing, moving, training or saving it leaves the whole as it is.
/// </summary>
/// <typeparam name="TRule">The voting rule of the whole.</typeparam>
/// <remarks>The generator writes a class for each component of an ensemble.</remarks>
public abstract class EnsembleVariant<TRule> : Ensemble where TRule : IVotingRule
{
    readonly Func<Lineup> lineup;

    /// <summary>Leaves a component out.</summary>
    /// <param name="whole">The whole ensemble.</param>
    /// <param name="leftOut">The property name of the component to leave out.</param>
    /// <param name="lineup">Gives the whole's lineup of the moment.</param>
    protected EnsembleVariant(Ensemble whole, string leftOut, Func<Lineup> lineup) : base($"{whole.Declaration.Name} without {leftOut}")
    {
        this.lineup = () => lineup().Without(leftOut);
        var declared = whole.Declaration;
        var members = declared.Members.Where(member => member.Name != leftOut).ToList();
        Declaration = declared with
        {
            Name = $"{declared.Name}.{GetType().Name}",
            Quorum = Math.Min(declared.Quorum, members.Count),
            Members = members,
            Gates = [.. declared.Gates.Where(gate => gate.Name != leftOut)],
        };
    }

    /// <inheritdoc/>
    public sealed override EnsembleDeclaration Declaration { get; }

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Named<Classifier>> Members => lineup().Members;

    /// <inheritdoc/>
    public sealed override IReadOnlyList<Named<Detector>> Gates => lineup().Gates;

    /// <inheritdoc/>
    public sealed override AttackSurface Surface => AttackSurface.Of<TRule>(lineup);

    /// <summary>Decides on images.</summary>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1].</param>
    /// <returns>The decision on each image. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">Another shape or type, or a value outside [0, 1].</exception>
    /// <exception cref="InvalidOperationException">A gate that is not calibrated.</exception>
    public sealed override Decision forward(Tensor images)
    {
        ImageChecks.ThrowIfNotImages(images);
        var current = lineup();
        current.ThrowIfUncalibrated();

        using var scope = NewDisposeScope();
        var (logits, gateScores) = current.Ask(component => component.Module.call(images));
        var ballot = new Ballot(logits, current.Weights(), current.Quorum);
        var scores = TRule.Scores(ballot);
        var labels = current.Gate(TRule.Labels(ballot, scores), gateScores);
        return new Decision(scores, labels, logits, gateScores).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <remarks>The thresholds are the whole's.</remarks>
    public sealed override void CalibrateGates(Tensor validationImages) => lineup().CalibrateGates(Declaration.Gates, validationImages);

    /// <inheritdoc/>
    public sealed override CompiledEnsemble Compile(CompileOptions options)
    {
        using var scope = NewDisposeScope();
        var current = lineup();
        return CompiledEnsemble.Of<TRule>(this, current.Weights(), current.Quorum, current.Thresholds, options);
    }

    /// <inheritdoc/>
    /// <remarks>None: only the whole has variants.</remarks>
    public sealed override IReadOnlyList<LeftOut> LeaveOneOut() => [];

    /// <summary>Registers nothing: the components belong to the whole.</summary>
    protected sealed override void RegisterComponents()
    {
    }
}
