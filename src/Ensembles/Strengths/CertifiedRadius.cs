using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// The label is proven not to change nearby: the share of images that are right, have a positive certified radius and
/// keep their label under an attempt to refute it; larger is better, 0 for a network without certificates.
/// </summary>
/// <remarks>
/// The attempt is one gradient step and one random step of just below the radius, in the norm of the certificate. A
/// refuted certificate is a wrong one; more than 1 in 100 (certificates by sampling err now and
/// then) and the claim does not hold. Source: interval bounds (Gowal et al. 2018), randomised smoothing (Cohen et al.
/// 2019).
/// </remarks>
public sealed class CertifiedRadius : IStrength
{
    const double JustInside = 0.999;
    const double AcceptedRefutations = 0.01;

    /// <inheritdoc/>
    public static string Name => "certified radius";

    /// <inheritdoc/>
    public static IReadOnlyList<Category> Categories =>
        [Category.Certification, Category.NonRobustFeatures, Category.FeatureSeparation];

    /// <inheritdoc/>
    /// <remarks>
    /// Holds where the share is at least half of the twin's clean accuracy, above the twin's own, and the certificates
    /// withstand the attempt.
    /// </remarks>
    /// <exception cref="ArgumentException">
    /// A defense that is not <see cref="ICertified"/>, a module that is no classifier, or no images.
    /// </exception>
    /// <exception cref="InvalidOperationException">A module in training mode.</exception>
    public static ClaimMeasurement Measure(
        Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images)
    {
        if (defense is not ICertified)
            throw new ArgumentException(
                "A certified radius is measured on a defense that gives one: "
                    + $"let {defense.GetType().Name} implement {nameof(ICertified)}.",
                nameof(defense));

        using var measurement = new Measurement(defense, twin, images);
        var (own, refuted) = Certified(defense, images, measurement.Noise);
        var (other, _) = Certified(twin, images, measurement.Noise);
        var clean = Decisions.Share(Decisions.Right(twin, images.Images, images));
        return new ClaimMeasurement(
            "share of images that are right with a positive certified radius",
            own,
            other,
            own >= clean / 2 && own > other && refuted <= AcceptedRefutations)
        {
            Required = Math.Max(clean / 2, other),
        };
    }

    /// <summary>The share of images right, certified and not refuted, and the share of certificates refuted.</summary>
    static (double Share, double Refuted) Certified(
        Module<Tensor, Tensor> module, LabeledImages images, Generator generator)
    {
        if (module is not ICertified certified)
            return (0, 0);

        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var certificate = Certificates(certified, images.Images);
        var radii = certificate.Radii;
        var positive = radii.gt(0);
        var labels = Ballot.Argmax(Decisions.Logits(module, images.Images, images));

        // Descent of the margin of the label given, right or wrong; NaN logits have no label and are no certificate.
        var gradients = LeadGradients.Of(module, images.Images, labels.clamp(min: 0));
        var random = randn(images.Images.shape, generator: generator).to(images.Images.device);
        var kept = positive & labels.ne(Decision.Reject) & certificate.Labels.eq(labels)
            & Keeps(gradients.neg()) & Keeps(random);

        var refuted = positive.sum().item<long>() is var count and > 0
            ? 1 - kept.sum().item<long>() / (double)count
            : 0;
        return (Decisions.Share(kept & labels.eq(images.Labels)), refuted);

        Tensor Keeps(Tensor directions)
        {
            var units = certificate.Norm == Norm.Linf
                ? directions.sign()
                : directions / Lengths(directions).clamp(min: 1e-12).view(-1, 1, 1, 1);
            var reach = radii.nan_to_num().clamp(0, 1e6).view(-1, 1, 1, 1) * JustInside;
            var steps = (units * reach).to_type(ScalarType.Float32);
            return Ballot.Argmax(Decisions.Logits(module, (images.Images + steps).clamp(0, 1), images)).eq(labels);
        }

        Tensor Lengths(Tensor directions) =>
            certificate.Norm == Norm.L1 ? directions.flatten(1).abs().sum(1) : Rows.Lengths(directions);
    }

    static Certificate Certificates(ICertified certified, Tensor images)
    {
        const int AtOnce = 128;
        var parts = new List<Certificate>();
        for (var start = 0L; start < images.size(0); start += AtOnce)
            parts.Add(certified.Certify(images.narrow(0, start, Math.Min(AtOnce, images.size(0) - start))));
        return Certificate.Joined(parts);
    }
}
