using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// An ensemble with one component left out. It shares the components, weights and thresholds of the whole, which it
/// reads anew each time, and owns none of them: disposing, moving, training or saving it leaves the whole as it is.
/// </summary>
/// <remarks>The generator writes a class for each component of an ensemble.</remarks>
public abstract class EnsembleVariant : Ensemble
{
    readonly Ensemble whole;
    readonly string leftOut;

    /// <summary>Leaves a component out.</summary>
    /// <param name="whole">The whole ensemble.</param>
    /// <param name="leftOut">
    /// The property name of the component to leave out; for one of an ensemble among the members the path to it.
    /// </param>
    protected EnsembleVariant(Ensemble whole, string leftOut) : base($"{whole.Declaration.Name} without {leftOut}")
    {
        (this.whole, this.leftOut) = (whole, leftOut);
        var declared = whole.Declaration;
        Declaration = declared.Without(leftOut) with { Name = $"{declared.Name}.{GetType().Name}" };
    }

    /// <inheritdoc/>
    public sealed override EnsembleDeclaration Declaration { get; }

    /// <inheritdoc/>
    /// <remarks>Weights and thresholds are the whole's.</remarks>
    public sealed override Components Components => whole.Components.Without(leftOut);

    /// <summary>Decides on images.</summary>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1].</param>
    /// <returns>The decision on each image. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">Another shape or type, or a value outside [0, 1].</exception>
    /// <exception cref="InvalidOperationException">A gate that is not calibrated.</exception>
    public sealed override Decision forward(Tensor images)
    {
        ImageChecks.ThrowIfNotImages(images);
        var current = Components;
        current.ThrowIfUncalibrated();

        using var scope = NewDisposeScope();
        var (logits, gateScores) = current.Ask(images, (component, seen) => Draws.Answer(component.Module, seen));
        var (scores, labels) = current.Rule.Decide(logits, gateScores);
        return new Decision(scores, labels, logits, gateScores).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    /// <remarks>None: only the whole has variants.</remarks>
    public sealed override IReadOnlyList<LeftOut> LeaveOneOut() => [];

    /// <summary>Registers nothing: the components belong to the whole.</summary>
    protected sealed override void RegisterComponents()
    {
    }
}
