using Ensembles.Attacks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Evaluation;

/// <summary>
/// Measures what an ensemble is worth under attack and what each of its components adds: the whole, each member alone, and
/// each ensemble with one component left out, re-attacked by an attack built for it.
/// </summary>
/// <remarks>
/// <para>Adversarial images are shared: whatever was found against any of these defenses is judged on all the others, so that no
/// side of a comparison looks robust because its own attack was the weaker one.</para>
/// <para>Images are attacked where their fate is open. At the threat's radius that is every image the defense gets right in some draw; at
/// a smaller radius the images that fell at the next larger one, at a larger radius those that still stand. An image that
/// fell at a radius has fallen at every larger one.</para>
/// <para>With a <see cref="ResultsFolder"/> every finished unit (one defense at one radius) is kept. A second options with the same weights,
/// images, attacks and seed takes it up; anything else is computed anew.</para>
/// </remarks>
public sealed record AblationStudy
{
    /// <summary>The trained ensemble in evaluation mode, its gates calibrated.</summary>
    public required Ensemble Ensemble { get; init; }

    /// <summary>Test images, used neither in training nor to calibrate gates.</summary>
    public required LabeledImages Images { get; init; }

    /// <summary>The clean images [N, C, H, W] the gates were calibrated on; null where there are no gates.</summary>
    public Tensor? ValidationImages { get; init; }

    /// <summary>A classifier of the members' architecture trained without any defense, measured beside them; null for none.</summary>
    public Module<Tensor, Tensor>? Undefended { get; init; }

    /// <summary>The threat everything is compared under.</summary>
    public required ThreatModel Threat { get; init; }

    /// <summary>The attacks; for each image the worst over all counts.</summary>
    public required IReadOnlyList<IAttack> Attacks { get; init; }

    /// <summary>More radii for the curves of the whole and of each member.</summary>
    public IReadOnlyList<double> Epsilons { get; init; } = [];

    /// <summary>Why a component stays although it may add nothing, by its name; shown in the report.</summary>
    public IReadOnlyDictionary<string, string> MayAddNothing { get; init; } = new Dictionary<string, string>();

    /// <summary>One seed reproduces a study bit for bit on one machine.</summary>
    public int Seed { get; init; }

    /// <summary>Images evaluated at once.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>k, the fresh draws a randomised defense is judged on.</summary>
    public int Draws { get; init; } = 10;

    /// <summary>Where finished units are kept; null to keep none.</summary>
    public string? ResultsFolder { get; init; }

    /// <summary>Runs the study, or what is left of it.</summary>
    /// <exception cref="ArgumentException">
    /// No attacks, no images, a radius that is not positive or infinite, gates without validation images, or validation images among the test images.
    /// </exception>
    /// <exception cref="InvalidOperationException">A module is in training mode, a gate has no threshold, or an attack left its ball.</exception>
    /// <exception cref="OperationCanceledException">Cancelled; finished units are kept.</exception>
    public AblationResult Run(IProgress<StudyProgress>? progress = null, CancellationToken cancellation = default)
    {
        ThrowIfImpossible();
        var options = new EvaluationOptions { Seed = Seed, BatchSize = BatchSize, Draws = Draws, Cancellation = cancellation };
        var leftOut = Ensemble.LeaveOneOut();
        var (whole, members, reduced, undefended) = Defenders(options, leftOut);
        Defender[] all = [whole, .. members, .. reduced, .. undefended];
        try
        {
            var steps = new StepProgress(progress, all.Sum(defender => defender.Order.Count()) + all.Length + 1);

            // The members first: what breaks one of them is where attacks on all of them begin.
            foreach (var member in members)
                Attack(member, []);
            foreach (var joint in reduced.Prepend(whole))
                Attack(joint, members);
            foreach (var twin in undefended)
                Attack(twin, []);
            foreach (var defender in all)
                steps.Do($"judging {defender.Name} on all adversarial images", _ => defender.JudgeAll(whole, all));

            AblationResult? result = null;
            steps.Do("checking the attack", share => result = Findings.Of(this, options, whole, members, reduced, undefended.SingleOrDefault(), whole.CheckAttack(share)));
            return result!;

            void Attack(Defender defender, Defender[] parts)
            {
                foreach (var radius in defender.Order)
                    steps.Do(FormattableString.Invariant($"attacking {defender.Name} at {Threat.Norm} {radius}"), share => defender.Attack(radius, parts, share));
            }
        }
        finally
        {
            foreach (var defender in all)
                defender.Dispose();
            foreach (var left in leftOut)
                left.Ensemble.Dispose();
        }
    }

    (Defender Whole, Defender[] Members, Defender[] Reduced, Defender[] Undefended) Defenders(EvaluationOptions options, IReadOnlyList<LeftOut> leftOut)
    {
        var folder = new UnitFolder(ResultsFolder);
        var imagesKey = Fingerprint.Of(Images);
        double[] threat = [Threat.Epsilon];
        double[] curve = [.. Epsilons.Append(Threat.Epsilon).Distinct().Order()];
        var name = Ensemble.Declaration.Name;
        return (
            new Defender(Ensemble.Surface, name, "whole", curve, this, options, imagesKey, folder),
            [.. Ensemble.Members.Select(member => new Defender(AttackSurface.Of(member.Module, member.Name), member.Name, $"member-{member.Name}", curve, this, options, imagesKey, folder))],
            [.. leftOut.Select(left => new Defender(left.Ensemble.Surface, $"{name} without {left.Name}", $"without-{left.Name}", threat, this, options, imagesKey, folder) { Component = left.Name })],
            Undefended is null ? [] : [new Defender(AttackSurface.Of(Undefended, "Undefended"), "Undefended", "undefended", curve, this, options, imagesKey, folder)]);
    }

    void ThrowIfImpossible()
    {
        if (Attacks.Count == 0)
            throw new ArgumentException("A study without attacks says nothing about robustness; name at least one.", nameof(Attacks));
        if (Images.Count == 0)
            throw new ArgumentException("A study needs test images; there are none.", nameof(Images));
        if (Threat.IsUnbounded)
            throw new ArgumentException("Robust accuracy is that at a radius: give the threat model one.", nameof(Threat));
        if (Epsilons.Any(epsilon => !(epsilon > 0) || double.IsInfinity(epsilon)))
            throw new ArgumentException("A radius is positive.", nameof(Epsilons));
        if (Ensemble.Gates.Count > 0 && (ValidationImages is null || ValidationImages.size(0) == 0))
            throw new ArgumentException("The ensemble has gates: name the validation images they were calibrated on, since their rate is judged by it.", nameof(ValidationImages));
        if (ValidationImages is not null && Fingerprint.Shared(ValidationImages, Images.Images) is var shared && shared > Images.Count / 100)
            throw new ArgumentException($"{shared} of the {Images.Count} test images are among the validation images. A gate's threshold is never set on test images.", nameof(ValidationImages));
        foreach (var component in MayAddNothing.Keys.Where(name => name != Ensemble.Declaration.Name))
        {
            if (Ensemble.Members.All(member => member.Name != component) && Ensemble.Gates.All(gate => gate.Name != component))
                throw new ArgumentException($"{Ensemble.Declaration.Name} has no component named {component}.", nameof(MayAddNothing));
        }
    }

    /// <summary>Reports the steps of a study, each as the same share of the whole.</summary>
    sealed class StepProgress(IProgress<StudyProgress>? progress, int total)
    {
        int done;

        public void Do(string step, Action<IProgress<double>> work)
        {
            progress?.Report(new StudyProgress(step, (double)done / total));
            work(new Inner(progress, step, done, total));
            progress?.Report(new StudyProgress(step, (double)++done / total));
        }

        sealed class Inner(IProgress<StudyProgress>? progress, string step, int done, int total) : IProgress<double>
        {
            public void Report(double value) => progress?.Report(new StudyProgress(step, (done + value) / total));
        }
    }
}
