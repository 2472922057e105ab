using System.Text.Json.Serialization;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// Certified accuracy over the radius: the share of ALL test images that are right and proven to stay so, beside the
/// empirical curve, which is what attacks leave. No image may fall inside its certified radius.
/// </summary>
public sealed record CertifiedAccuracy
{
    /// <summary>For each image whether the certified label is the true one; false where it abstains.</summary>
    public required bool[] Right { get; init; }

    /// <summary>For each image how far its label is proven, in the norm of the threat.</summary>
    public required double[] Radii { get; init; }

    /// <summary>The probability with which what is said of an image is true; 1 for a proof.</summary>
    public required double Confidence { get; init; }

    /// <summary>Whether an image inside a radius may be rejected: then it bounds the lenient figures alone.</summary>
    public required bool MayReject { get; init; }

    /// <summary>What it proves, in a clause; null where that is all.</summary>
    public string? Remark { get; init; }

    /// <summary>N.</summary>
    [JsonIgnore]
    public int Count => Right.Length;

    /// <summary>What a certificate says of test images under a norm.</summary>
    /// <remarks>
    /// No perturbation is longer in Linf than in L2, or in L2 than in L1: a radius holds in a norm that measures longer
    /// as it is. In Linf one of D pixel values holds r / sqrt(D) of a radius in L2 and r / D of one in L1, and in L2
    /// r / sqrt(D) of one in L1.
    /// </remarks>
    /// <param name="certificate">The certificate of these images, in their order.</param>
    /// <param name="images">The test images.</param>
    /// <param name="norm">The norm of the threat.</param>
    /// <exception cref="ArgumentException">A certificate of other images, or norms without a radius of
    /// both.</exception>
    public static CertifiedAccuracy Of(Certificate certificate, LabeledImages images, Norm norm)
    {
        if (certificate.Labels.size(0) != images.Count)
            throw new ArgumentException(
                $"The certificate is of {certificate.Labels.size(0)} images, and there are {images.Count}.",
                nameof(certificate));
        var factor = Factor(certificate.Norm, norm, images.Images[0].numel());
        using var scope = NewDisposeScope();
        var right = certificate.Labels.cpu().eq(images.Labels.cpu());
        return new CertifiedAccuracy
        {
            Right = right.data<bool>().ToArray(),
            Radii = [.. certificate.Radii.cpu().data<double>().Select(radius => radius * factor)],
            Confidence = certificate.Confidence,
            MayReject = certificate.MayReject,
            Remark = certificate.Remark,
        };
    }

    /// <summary>The share of images right and proven so up to a radius, with its 95 % interval.</summary>
    public Rate At(double radius) => Rate.Of([.. Enumerable.Range(0, Count).Select(image => Holds(image, radius))]);

    /// <summary>Whether an image is right and proven so up to a radius.</summary>
    public bool Holds(int image, double radius) => Right[image] && Radii[image] >= radius;

    static double Factor(Norm from, Norm to, long values) => (from, to) switch
    {
        _ when from == to => 1,
        (Norm.Linf, Norm.L2 or Norm.L1) or (Norm.L2, Norm.L1) => 1,
        (Norm.L2, Norm.Linf) or (Norm.L1, Norm.L2) => 1 / Math.Sqrt(values),
        (Norm.L1, Norm.Linf) => 1.0 / values,
        _ => throw new ArgumentException($"A radius in {from} says nothing about {to}."),
    };
}
