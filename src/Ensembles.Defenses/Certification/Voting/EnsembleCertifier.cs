using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Certifies an ensemble in Linf from bounds of its members behind its fronts, by the law of its voting rule
/// (<see cref="IVotingRule.Proven"/>): of a majority those members that are sure outvote what the others may say, of a
/// mean the differences add up. So more can be proven of an ensemble than of its worst member, and with rules that add,
/// than of its best.
/// </summary>
/// <remarks>
/// An ensemble among the members is bounded by what its own rule leaves of its members' bounds
/// (<see cref="IVotingRule.LogitsWithin"/>). Where its gates or its vote may reject it may abstain, and the vote around
/// it is proven with it and without it.
/// </remarks>
/// <param name="bounds">How members are bounded; null for <see cref="CrownBounds"/>.</param>
public sealed class EnsembleCertifier(BoundMethod? bounds = null)
{
    /// <summary>How members are bounded.</summary>
    public BoundMethod Bounds { get; } = bounds ?? new CrownBounds();

    /// <summary>The largest radius that is tried, in pixel values in [0, 1].</summary>
    public double LargestRadius { get; init; } = 0.5;

    /// <summary>How much larger than the radius found one may be that was not tried.</summary>
    public double Tolerance { get; init; } = 1e-3;

    /// <summary>Labels, or abstention where the ensemble rejects, and radii of images.</summary>
    /// <param name="components">Who decides and how; all in evaluation mode, gates calibrated.</param>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1], at least one.</param>
    /// <param name="progress">Receives the share of the work done, in [0, 1].</param>
    /// <param name="cancellation">Stops it with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentException">Other images than those.</exception>
    /// <exception cref="InvalidOperationException">A component in training mode, or a gate that is not calibrated.
    /// </exception>
    /// <exception cref="NotSupportedException">
    /// A voting rule without a law for bounds, no member that a bound passes, or more than ten ensembles among
    /// the members of one; the message says what to do.
    /// </exception>
    public EnsembleCertificate Certify(
        Components components, Tensor images, IProgress<double>? progress = null,
        CancellationToken cancellation = default)
    {
        Certifier.ThrowIfNoImages(images);
        RadiusChecks.ThrowIfInvalid(LargestRadius, Tolerance);
        components.ThrowIfUncalibrated();
        foreach (var component in components.All)
            Certifier.ThrowIfTraining(component.Module);

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var followed = FollowedComponents.Of(components, images.narrow(0, 0, 1));
        var labels = followed.Labels(images, Bounds.BatchSize);
        var gated = components.Gates.Count > components.InnerGates;
        var mayReject = gated || followed.MayAllAbstain;
        var twice = mayReject && followed.WhyNotStrict is null;
        var work = new Work(progress, cancellation);
        var lenient = Search(followed, images, labels, isStrict: false, twice ? work.Part(0, 2) : work);
        // Without gates nothing is rejected but by the vote, or where all members abstain.
        var strict = twice ? Search(followed, images, labels, isStrict: true, work.Part(1, 2))
            : mayReject ? null
            : new Certificate(lenient.Labels.clone(), lenient.Radii.clone(), Norm.Linf);
        return new EnsembleCertificate(
            lenient.MoveToOuterDisposeScope() with
            {
                MayReject = mayReject,
                Remark = gated ? "never accepted with another label; a gate may reject"
                    : mayReject ? "never accepted with another label; all members may abstain"
                    : null,
            },
            strict?.MoveToOuterDisposeScope(),
            followed.WhyNotStrict,
            followed.Unbounded);
    }

    Certificate Search(FollowedComponents followed, Tensor images, Tensor labels, bool isStrict, Work work)
    {
        var found = tensor(RadiusSearch.Largest(
            images.size(0), LargestRadius, Tolerance,
            [.. Bounds.FromTheCheapest.Select(method => new RadiusSearch.Proof(
                method.BatchSize, (places, radii) => Of(method, places, radii)))],
            work));
        var abstains = found.lt(0).logical_or(labels.lt(0));
        return new Certificate(
            labels.masked_fill(abstains, Decision.Reject), found.masked_fill(abstains, 0.0), Norm.Linf);

        Tensor Of(BoundMethod method, Tensor places, Tensor radii)
        {
            var batch = images.index_select(0, places.to(images.device));
            return followed.Holds(method, batch, labels.index_select(0, places), radii, isStrict);
        }
    }
}

/// <summary>Certificates of ensembles.</summary>
public static class EnsembleCertification
{
    /// <summary>
    /// What bounds of the members prove of the ensemble's decisions, in Linf; see <see cref="EnsembleCertifier"/>.
    /// </summary>
    /// <param name="ensemble">In evaluation mode, its gates calibrated.</param>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1], at least one.</param>
    /// <param name="certifier">How; null for linear bounds and the certifier's own settings.</param>
    /// <param name="progress">Receives the share of the work done, in [0, 1].</param>
    /// <param name="cancellation">Stops it with an <see cref="OperationCanceledException"/>.</param>
    /// <inheritdoc cref="EnsembleCertifier.Certify(Components, Tensor, IProgress{double}, CancellationToken)"/>
    public static EnsembleCertificate Certify(
        this Ensemble ensemble, Tensor images, EnsembleCertifier? certifier = null, IProgress<double>? progress = null,
        CancellationToken cancellation = default) =>
        (certifier ?? new()).Certify(ensemble.Components, images, progress, cancellation);
}
