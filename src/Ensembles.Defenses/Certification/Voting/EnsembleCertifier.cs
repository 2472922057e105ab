using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Certifies an ensemble in Linf from bounds of its members behind its fronts, by the law of its voting rule
/// (<see cref="IVotingRule.Proven"/>): of a majority those members that are sure outvote what the others may say, of a
/// mean the differences add up. So more can be proven of an ensemble than of its worst member, and with rules that add,
/// than of its best.
/// </summary>
/// <param name="bounds">How members are bounded; null for <see cref="CrownBounds"/>.</param>
public sealed class EnsembleCertifier(BoundMethod? bounds = null)
{
    /// <summary>How members are bounded.</summary>
    public BoundMethod Bounds { get; } = bounds ?? new CrownBounds();

    /// <summary>The largest radius that is tried, in pixel values in [0, 1].</summary>
    public double LargestRadius { get; init; } = 0.5;

    /// <summary>How much larger than the radius found one may be that was not tried.</summary>
    public double Tolerance { get; init; } = 1e-3;

    /// <summary>Images that are certified at once: what memory has to hold.</summary>
    public int BatchSize { get; init; } = 64;

    /// <summary>Labels, or abstention where the ensemble rejects, and radii of images.</summary>
    /// <param name="components">Who decides and how; all in evaluation mode, gates calibrated.</param>
    /// <param name="images">Float32 [N, C, H, W] in [0, 1], at least one.</param>
    /// <exception cref="ArgumentException">Other images than those.</exception>
    /// <exception cref="InvalidOperationException">A component in training mode, or a gate that is not calibrated.
    /// </exception>
    /// <exception cref="NotSupportedException">
    /// A voting rule without a law for bounds, or no member that a bound passes; the message says what to do.
    /// </exception>
    public EnsembleCertificate Certify(Components components, Tensor images)
    {
        ImageChecks.ThrowIfNotImages(images);
        ArgumentOutOfRangeException.ThrowIfLessThan(BatchSize, 1);
        RadiusChecks.ThrowIfInvalid(LargestRadius, Tolerance);
        components.ThrowIfUncalibrated();
        if (images.size(0) == 0)
            throw new ArgumentException("There are no images to certify.", nameof(images));
        foreach (var component in components.All)
            Certifier.ThrowIfTraining(component.Module);

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var followed = FollowedComponents.Of(components, Bounds, images.narrow(0, 0, 1));
        var (lenient, strict) = (new List<Certificate>(), new List<Certificate>());
        for (var start = 0L; start < images.size(0); start += BatchSize)
        {
            using var part = NewDisposeScope();
            var batch = images.narrow(0, start, Math.Min(BatchSize, images.size(0) - start));
            var labels = followed.Labels(batch);
            lenient.Add(Search(labels, radii => followed.NeverWrong(batch, labels, radii)).MoveToOuterDisposeScope());
            if (followed.WhyNotStrict is null)
                strict.Add(Search(labels, radii => followed.NeverWrong(batch, labels, radii)
                    .logical_and(followed.Accepted(batch, radii))).MoveToOuterDisposeScope());
        }

        var gated = components.Gates.Count > 0;
        return new EnsembleCertificate(
            Certificate.Joined(lenient).MoveToOuterDisposeScope() with
            {
                MayReject = gated,
                Remark = gated ? "never accepted with another label; a gate may reject" : null,
            },
            followed.WhyNotStrict is null ? Certificate.Joined(strict).MoveToOuterDisposeScope() : null,
            followed.WhyNotStrict,
            followed.Unbounded);
    }

    Certificate Search(Tensor labels, Func<Tensor, Tensor> proven)
    {
        var found = RadiusSearch.Largest(labels.size(0), LargestRadius, Tolerance, proven);
        var abstains = found.lt(0).logical_or(labels.lt(0));
        return new Certificate(
            labels.masked_fill(abstains, Decision.Reject), found.masked_fill(abstains, 0.0), Norm.Linf);
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
    /// <inheritdoc cref="EnsembleCertifier.Certify(Components, Tensor)"/>
    public static EnsembleCertificate Certify(
        this Ensemble ensemble, Tensor images, EnsembleCertifier? certifier = null) =>
        (certifier ?? new()).Certify(ensemble.Components, images);
}
