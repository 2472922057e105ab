using Ensembles.Attacks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Evaluation;

/// <summary>
/// Measures what an ensemble is worth under attack and what each of its components adds: the whole, each member alone,
/// and each ensemble with one component left out, re-attacked by an attack built for it.
/// </summary>
/// <remarks>
/// <para>Adversarial images are shared: whatever is found against any of these defenses is tried on all the others, so
/// that neither side of a comparison looks robust because its own attack was weaker.</para>
/// <para>An image is attacked while its fate is open. At the threat's radius these are the images that the defense gets
/// right in most draws; at a smaller radius those that fell at the next larger one, at a larger radius those that still
/// stand. An image that falls at one radius counts as fallen at every larger one.</para>
/// <para>With a <see cref="ResultsFolder"/> every finished unit (one defense at one radius) is kept. A second run with
/// the same weights, images, attacks and seed takes it up; everything else is computed again. Several processes with
/// one folder, on one machine or on many, share the work: each does what no other is doing, and all end with the same
/// result.</para>
/// </remarks>
public sealed record AblationStudy
{
    /// <summary>The trained ensemble in evaluation mode, its gates calibrated.</summary>
    public required Ensemble Ensemble { get; init; }

    /// <summary>Test images, used neither in training nor to calibrate gates.</summary>
    public required LabeledImages Images { get; init; }

    /// <summary>The clean images [N, C, H, W] the gates were calibrated on; null where there are no gates.</summary>
    public Tensor? ValidationImages { get; init; }

    /// <summary>
    /// A classifier of the members' architecture trained without any defense, measured beside them; null for none. It
    /// is the twin that claimed strengths are measured against: without it they are not.
    /// </summary>
    public Module<Tensor, Tensor>? Undefended { get; init; }

    /// <summary>The threat everything is compared under.</summary>
    public required ThreatModel Threat { get; init; }

    /// <summary>The attacks; for each image the worst of them counts.</summary>
    public required IReadOnlyList<IAttack> Attacks { get; init; }

    /// <summary>More radii for the curves of the whole and of each member.</summary>
    public IReadOnlyList<double> Epsilons { get; init; } = [];

    /// <summary>More ensembles to compare the whole with, each attacked by itself.</summary>
    public IReadOnlyList<Control> Controls { get; init; } = [];

    /// <summary>By component: why it stays although it may add nothing; shown in the report.</summary>
    public IReadOnlyDictionary<string, string> MayAddNothing { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Proves of the test images [N, C, H, W] how far the ensemble's decisions hold, for a curve beside the empirical
    /// one; null for none. An image that falls inside its certified radius makes the study invalid.
    /// </summary>
    public Func<Tensor, Certificate>? Certify { get; init; }

    /// <summary>One seed reproduces a study bit for bit on one machine.</summary>
    public int Seed { get; init; }

    /// <summary>Images evaluated at once.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>k, the fresh draws a randomised defense is judged in.</summary>
    public int Draws { get; init; } = 10;

    /// <summary>How much is spent on checking the attack on the whole.</summary>
    public CheckBudget Checks { get; init; }

    /// <summary>Where finished units are kept; null to keep none.</summary>
    public string? ResultsFolder { get; init; }

    /// <summary>Runs the study, or what is left of it.</summary>
    /// <exception cref="ArgumentException">
    /// No attacks, no images, a radius that is not positive or is infinite, gates without validation images, or
    /// validation images among the test images.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// A module is in training mode, a gate has no threshold, or an attack left its ball.
    /// </exception>
    /// <exception cref="OperationCanceledException">Cancelled; finished units are kept.</exception>
    public AblationResult Run(IProgress<StudyProgress>? progress = null, CancellationToken cancellation = default)
    {
        ThrowIfImpossible();
        StepProgress? steps = null;
        var options = new EvaluationOptions
        {
            Seed = Seed,
            BatchSize = BatchSize,
            Draws = Draws,
            Checks = Checks,
            ResultsFolder = ResultsFolder,
            Notices = progress is null ? null : new ImmediateProgress<string>(sentence => steps?.Notice(sentence)),
            Cancellation = cancellation,
        };
        using var generator = new KeptGenerator();
        var leftOut = Ensemble.LeaveOneOut();
        using var defenses = Prepare(options, leftOut);
        try
        {
            var all = defenses.All;
            var whole = defenses.Whole;
            var claims = new StudiedClaims(this, defenses, options);
            steps = new StepProgress(
                progress,
                all.Sum(defense => defense.Order.Count()) + whole.CheckNames.Count + all.Count + claims.Components.Count
                    + 2);

            var shared = new SharedSteps(steps, new UnitFolder(ResultsFolder, options.Notices), cancellation);
            shared.Do([
                .. defenses.InOrderOfAttack.SelectMany(of => Attack(of.Defense, of.Parts)),
                .. whole.CheckNames.Select((name, number) => new SharedStep(
                    $"check-{number}", $"checking: {name}", () => whole.Order.All(whole.IsAttacked),
                    share => whole.Check(number, share))),
            ]);
            whole.CountChecks();
            shared.Do(all.Select(defense => SharedStep.Of(
                $"judging-{defense.FileName}", $"judging {defense.Name} on all adversarial images",
                () => defense.JudgeAll(whole, all))));
            ReplayedFigures? replayed = null;
            OrthogonalityFigures? orthogonality = null;
            var measured = new Dictionary<Component, IReadOnlyList<MeasuredClaim>>();
            shared.Do([
                SharedStep.Of("subsets", "replaying every subset",
                    () => replayed = new StudiedSubsets(this, defenses, options).Replay()),
                SharedStep.Of("orthogonality", "comparing how members fail",
                    () => orthogonality = new StudiedOrthogonality(this, defenses, options).Measure()),
                .. claims.Components.Select(component => SharedStep.Of(
                    $"claims-{component.Name}", $"measuring what {component.Name} claims",
                    () => measured[component] = claims.Measure(component))),
            ]);
            return new Findings(this, options, defenses).Summarize() with
            {
                Claims = [.. claims.Components.SelectMany(component => measured[component])],
                Subsets = replayed?.Subsets,
                GateCurve = replayed?.GateCurve ?? [],
                Orthogonality = orthogonality,
            };
        }
        finally
        {
            foreach (var left in leftOut)
                left.Ensemble.Dispose();
        }
    }

    /// <summary>The attacks on a defense, one radius after the other; each starts from what broke its parts.</summary>
    IEnumerable<SharedStep> Attack(MeasuredDefense defense, IReadOnlyList<MeasuredDefense> parts) =>
        defense.Order.Select((radius, i) => new SharedStep(
            FormattableString.Invariant($"attack-{defense.FileName}-{radius}"),
            FormattableString.Invariant($"attacking {defense.Name} at {Threat.Norm} {radius}"),
            () => defense.Order.Take(i).All(defense.IsAttacked) && parts.All(part => part.IsAttacked(radius)),
            share => defense.Attack(radius, parts, share)));

    StudiedDefenses Prepare(EvaluationOptions options, IReadOnlyList<LeftOut> leftOut)
    {
        var setting = new EvaluationSetting(Images, Threat, Attacks, options);
        double[] threat = [Threat.Epsilon];
        double[] curve = [.. Epsilons.Append(Threat.Epsilon).Distinct().Order()];
        MeasuredDefense Prepare(
            AttackSurface surface, string name, string fileName, double[] radii, string component = "") =>
            new(surface, name, fileName, radii, setting) { Component = component };

        var name = Ensemble.Declaration.Name;
        return new StudiedDefenses(
            Prepare(Ensemble.Surface, name, "whole", curve),
            [.. Ensemble.Members.Select((member, i) =>
                Prepare(Ensemble.Surface.Alone(i), member.Name, $"member-{member.Name}", curve))],
            [.. leftOut.Select(left => Prepare(
                left.Ensemble.Surface, $"{name} without {left.Name}", $"without-{left.Name}", threat, left.Name))],
            [.. Controls.Select(control => Prepare(
                control.Surface, control.Name, $"{control.Kind}-{control.Subject}", threat))],
            Undefended is null
                ? null
                : Prepare(AttackSurface.FromClassifier(Undefended, "Undefended"), "Undefended", "undefended", curve));
    }

    void ThrowIfImpossible()
    {
        if (Attacks.Count == 0)
        {
            throw new ArgumentException(
                "A study without attacks says nothing about robustness; name at least one.", nameof(Attacks));
        }
        if (Images.Count == 0)
            throw new ArgumentException("A study needs test images, and there are none.", nameof(Images));
        if (Threat.IsUnbounded)
            throw new ArgumentException("Robust accuracy needs a radius: give the threat model one.", nameof(Threat));
        if (Epsilons.Any(epsilon => !(epsilon > 0) || double.IsInfinity(epsilon)))
            throw new ArgumentException("A radius is positive and finite.", nameof(Epsilons));
        if (Ensemble.Gates.Count > 0 && (ValidationImages is null || ValidationImages.size(0) == 0))
        {
            throw new ArgumentException(
                "The ensemble has gates: name the validation images they were calibrated on; their number decides how "
                + "exactly a gate can keep its rate.",
                nameof(ValidationImages));
        }
        var shared = ValidationImages is null ? 0 : Fingerprint.CountShared(ValidationImages, Images.Images);
        if (shared > Images.Count / 100)
        {
            throw new ArgumentException(
                $"{shared} of the {Images.Count} test images are among the validation images. A gate's threshold is "
                + "never set on test images.",
                nameof(ValidationImages));
        }
        var name = Ensemble.Declaration.Name;
        string[] known =
        [
            name,
            .. Ensemble.Components.All.Select(component => component.Name),
            .. Ensemble.Declaration.Members.Select(member => member.Name),
        ];
        if (MayAddNothing.Keys.FirstOrDefault(component => !known.Contains(component)) is { } unknown)
            throw new ArgumentException($"{name} has no component named {unknown}.", nameof(MayAddNothing));
    }
}
