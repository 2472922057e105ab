using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Evaluation;

/// <summary>
/// Measures the strengths that trained defenses claim (<see cref="ClaimsAttribute{TStrength}"/>), a user's own among
/// them, each by its own <see cref="IStrength.Measure"/>: once on all images and, for an interval, once without each
/// fifth of them.
/// </summary>
public static class ClaimEvaluation
{
    /// <summary>Images below which no interval is given: a fifth of them tells nothing.</summary>
    const int ImagesForInterval = 20;

    /// <summary>Measures every claim of every component of an ensemble, in order of declaration.</summary>
    /// <param name="ensemble">The trained ensemble, in evaluation mode.</param>
    /// <param name="twin">
    /// A classifier (images to logits) of the members' architecture, trained without any defense, in evaluation mode.
    /// </param>
    /// <param name="images">Clean images, used neither in training nor to calibrate gates.</param>
    /// <param name="cancellation">Stops between two measurements.</param>
    public static IReadOnlyList<MeasuredClaim> Run(
        Ensemble ensemble, Module<Tensor, Tensor> twin, LabeledImages images, CancellationToken cancellation = default)
    {
        var components = ensemble.Components;
        return [.. components.All.SelectMany(part => Run(part, components.Before(part), twin, images, cancellation))];
    }

    /// <summary>Measures every claim of a defense.</summary>
    /// <param name="defense">The trained defense, in evaluation mode.</param>
    /// <param name="twin">
    /// A classifier (images to logits) of the same architecture, trained without the defense, in evaluation mode.
    /// </param>
    /// <param name="images">Clean images, used neither in training nor to calibrate gates.</param>
    /// <param name="cancellation">Stops between two measurements.</param>
    public static IReadOnlyList<MeasuredClaim> Run(
        Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images,
        CancellationToken cancellation = default) =>
        [.. ClaimsOn(defense).Select(c => Measure(c, defense, defense.GetType().Name, twin, images, cancellation))];

    /// <summary>Measures every claim of one component of an ensemble, where it stands.</summary>
    internal static IReadOnlyList<MeasuredClaim> Run(
        Component component, IReadOnlyList<Named<InputTransform>> fronts, Module<Tensor, Tensor> twin,
        LabeledImages images, CancellationToken cancellation)
    {
        var defense = BehindFronts.Of(component, fronts);
        return
        [
            .. ClaimsOn(component.Module)
                .Select(claim => Measure(claim, defense, component.Name, twin, images, cancellation)),
        ];
    }

    /// <summary>The claims on a defense's class, in the order they are written.</summary>
    internal static IEnumerable<IClaim> ClaimsOn(Module<Tensor, Tensor> defense) =>
        defense.GetType().GetCustomAttributes(inherit: false).OfType<IClaim>();

    static MeasuredClaim Measure(
        IClaim claim, Module<Tensor, Tensor> defense, string name, Module<Tensor, Tensor> twin, LabeledImages images,
        CancellationToken cancellation)
    {
        var parts = images.Count < ImagesForInterval ? 0 : Estimate.Groups;
        try
        {
            using var generator = new KeptGenerator();
            cancellation.ThrowIfCancellationRequested();
            var all = claim.Measure(defense, twin, images);
            var without = new List<ClaimMeasurement>();
            for (var part = 0; part < parts; part++)
            {
                cancellation.ThrowIfCancellationRequested();
                using var others = images.Select(Without(part, images));
                without.Add(claim.Measure(defense, twin, others));
            }

            return Judged(claim, name, all, without);
        }
        // A strength may be a user's, and one that cannot be measured here costs nothing else of the report.
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return NotMeasured(claim, name, e.Message.Split('\n')[0].Trim());
        }
    }

    static MeasuredClaim Judged(
        IClaim claim, string name, ClaimMeasurement all, List<ClaimMeasurement> without)
    {
        if (!double.IsFinite(all.Defense) || !double.IsFinite(all.Twin))
            return NotMeasured(claim, name, $"{all.Quantity} is not a finite number");
        var shows = without.Count(part => part.Holds);
        return new MeasuredClaim
        {
            Component = name,
            Strength = claim.Strength,
            Verdict = !all.Holds ? ClaimVerdict.Fails
                : shows < without.Count ? ClaimVerdict.Undecided
                : ClaimVerdict.Holds,
            Quantity = all.Quantity,
            Defense = Estimate.Jackknife(all.Defense, [.. without.Select(part => part.Defense)]),
            Twin = Estimate.Jackknife(all.Twin, [.. without.Select(part => part.Twin)]),
            Required = all.Required is { } required && double.IsFinite(required) ? required : null,
            Parts = without.Count,
            ShowsOnParts = shows,
        };
    }

    static MeasuredClaim NotMeasured(IClaim claim, string name, string reason) => new()
    {
        Component = name,
        Strength = claim.Strength,
        Verdict = ClaimVerdict.NotMeasured,
        Reason = reason.TrimEnd('.'),
    };

    /// <summary>The places of the images without one fifth of each class.</summary>
    static long[] Without(int part, LabeledImages images)
    {
        var labels = HostMemory.ReadLongs(images.Labels);
        return
        [
            .. Enumerable.Range(0, labels.Length).OrderBy(i => labels[i])
                .Where((_, place) => place % Estimate.Groups != part).Order().Select(i => (long)i),
        ];
    }
}
