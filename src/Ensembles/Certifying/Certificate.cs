using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// What is proven of N images: no image in [0, 1] that is at most the radius away, in the norm, gets another label.
/// </summary>
/// <param name="Labels">int64 [N]; <see cref="Decision.Reject"/> where the classifier abstains.</param>
/// <param name="Radii">Float64 [N], 0 or more; 0 where nothing is proven, and where the classifier abstains.</param>
/// <param name="Norm">What the radii are measured in.</param>
public sealed record Certificate(Tensor Labels, Tensor Radii, Norm Norm) : IDisposable
{
    /// <summary>
    /// The probability with which what is said of an image is true; 1 for a proof, less where it rests on samples.
    /// </summary>
    public double Confidence { get; init; } = 1;

    /// <summary>
    /// Whether an image within the radius may be rejected, where a gate is not bounded: it never gets another label,
    /// and may get none.
    /// </summary>
    public bool MayReject { get; init; }

    /// <summary>What it proves, in a clause, for a report; null where the definition above is all.</summary>
    public string? Remark { get; init; }

    /// <summary>The images that are right and proven so up to a radius, bool [N], where the certificate lies.</summary>
    /// <param name="labels">True labels, int64 [N], on any device.</param>
    /// <param name="radius">The radius, 0 or more; at 0 being right is enough.</param>
    /// <exception cref="ArgumentException">Not a label for each image.</exception>
    public Tensor Holds(Tensor labels, double radius)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(radius);
        if (!labels.shape.SequenceEqual(Labels.shape))
            throw new ArgumentException(
                $"The certificate is of {Labels.size(0)} images, and labels have the shape "
                    + $"[{string.Join(", ", labels.shape)}].",
                nameof(labels));
        using var here = labels.to(Labels.device, copy: false).alias();
        using var right = Labels.eq(here);
        using var far = Radii.ge(radius);
        return right.logical_and(far);
    }

    /// <summary>Certified accuracy: the share of images that are right and proven so up to a radius.</summary>
    /// <param name="labels">True labels, int64 [N].</param>
    /// <param name="radius">The radius, 0 or more.</param>
    /// <exception cref="ArgumentException">Not a label for each image, or no images.</exception>
    public double Accuracy(Tensor labels, double radius)
    {
        using var holds = Holds(labels, radius);
        if (holds.numel() == 0)
            throw new ArgumentException("There are no images, so there is no accuracy.", nameof(labels));
        using var share = holds.to_type(ScalarType.Float64).mean();
        return share.item<double>();
    }

    /// <summary>Certificates of one norm after each other.</summary>
    /// <param name="parts">At least one.</param>
    /// <exception cref="ArgumentException">None, or of several norms.</exception>
    public static Certificate Joined(IReadOnlyList<Certificate> parts)
    {
        if (parts.Select(part => part.Norm).Distinct().Count() != 1)
            throw new ArgumentException("Certificates of one norm are joined, at least one.", nameof(parts));
        return parts[0] with
        {
            Labels = cat([.. parts.Select(part => part.Labels)]),
            Radii = cat([.. parts.Select(part => part.Radii)]),
            Confidence = parts.Min(part => part.Confidence),
        };
    }

    /// <summary>Moves the tensors to the dispose scope around the current one.</summary>
    public Certificate MoveToOuterDisposeScope()
    {
        Labels.MoveToOuterDisposeScope();
        Radii.MoveToOuterDisposeScope();
        return this;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Labels.Dispose();
        Radii.Dispose();
    }
}
