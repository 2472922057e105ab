using Ensembles.Attacks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Evaluation;

/// <summary>
/// Measures one defense: clean accuracy, coverage, selective accuracy, and lenient and strict robust accuracy, for each
/// image the worst over the clean image, every attack and every candidate.
/// </summary>
/// <remarks>
/// Attacks with <see cref="Criterion.Misclassified"/> are run first, then, if the defense can reject, attacks with
/// <see cref="Criterion.Disrupted"/>, each on the images that still stand. Whatever they find is judged by the
/// defense's exact decision, and every candidate counts for both figures. Rejected images stay in the denominator; a
/// rejected clean image is an error in both. A randomised defense is judged in k fresh draws on the clean image and on
/// its worst candidate: an image survives if all of them do, while clean accuracy is the mean over draws. The attacks
/// are checked after the checklist of Carlini et al. 2019; if they fail, the result is not <see
/// cref="RobustnessResult.Valid"/> and says so.
/// </remarks>
public static class RobustnessEvaluation
{
    /// <summary>
    /// Attacks and judges a classifier of your own:
    /// <c>Console.WriteLine(RobustnessEvaluation.Run(network, images, threat, new AutoAttack()))</c>.
    /// </summary>
    /// <param name="classifier">
    /// Any module from images [N, C, H, W] in [0, 1] to logits [N, K], in evaluation mode.
    /// </param>
    /// <param name="images">Test images.</param>
    /// <param name="threat">What the attacker may change.</param>
    /// <param name="attacks">The attacks; each name states the budget.</param>
    /// <exception cref="ArgumentException">
    /// No images, or a threat model without a radius or with one that limits nothing.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// An attack left the ball, or a module is in training mode.
    /// </exception>
    public static RobustnessResult Run(
        Module<Tensor, Tensor> classifier,
        LabeledImages images,
        ThreatModel threat,
        params IReadOnlyList<IAttack> attacks)
    {
        var (surface, name) = (AttackSurface.FromClassifier(classifier), classifier.GetType().Name);
        return Run(surface, name, images, threat, attacks, new EvaluationOptions());
    }

    /// <summary>
    /// Attacks and judges a declared ensemble as a whole, gates included, without ablating it:
    /// <c>Console.WriteLine(RobustnessEvaluation.Run(trio, images, threat, new AutoAttack()))</c>.
    /// </summary>
    /// <param name="ensemble">The ensemble, trained, its gates calibrated, in evaluation mode.</param>
    /// <param name="images">Test images.</param>
    /// <param name="threat">What the attacker may change.</param>
    /// <param name="attacks">The attacks; each name states the budget.</param>
    /// <exception cref="ArgumentException">
    /// No images, images that a component was fitted to, or a threat model without a radius or with one that limits
    /// nothing.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// An attack left the ball, a gate is not calibrated, or a module is in training mode.
    /// </exception>
    public static RobustnessResult Run(
        Ensemble ensemble,
        LabeledImages images,
        ThreatModel threat,
        params IReadOnlyList<IAttack> attacks) =>
        Run(ensemble.Surface, ensemble.Declaration.Name, images, threat, attacks, new EvaluationOptions());

    /// <summary>Attacks and judges a defense.</summary>
    /// <param name="surface">The defense.</param>
    /// <param name="name">Its name in reports.</param>
    /// <param name="images">Test images.</param>
    /// <param name="threat">What the attacker may change.</param>
    /// <param name="attacks">The attacks; each name states the budget.</param>
    /// <param name="options">Seed, draws, batch size, progress, cancellation.</param>
    /// <param name="replayed">
    /// More candidates, for example made against other defenses; those outside the ball are ignored.
    /// </param>
    /// <exception cref="ArgumentException">
    /// No images, or a threat model without a radius or with one that limits nothing.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// An attack left the ball, or a module is in training mode.
    /// </exception>
    public static RobustnessResult Run(
        AttackSurface surface,
        string name,
        LabeledImages images,
        ThreatModel threat,
        IReadOnlyList<IAttack> attacks,
        EvaluationOptions options,
        IReadOnlyList<Candidates>? replayed = null)
    {
        if (threat.IsUnbounded)
            throw new ArgumentException("Robust accuracy needs a radius: give the threat model one.", nameof(threat));
        if (images.Count == 0)
            throw new ArgumentException("Robust accuracy is a share of images, and there are none.", nameof(images));
        using var generator = new KeptGenerator();
        var setting = new EvaluationSetting(images, threat, attacks, options);
        using var defense = new MeasuredDefense(surface, name, "defense", [threat.Epsilon], setting);
        var progress = options.Progress ?? new ImmediateProgress<double>(_ => { });
        // The checks together are about as much work as the attacks.
        defense.Attack(threat.Epsilon, parts: [], new ShareOfProgress(progress, 0, 0.5));
        if (attacks.Count > 0)
            defense.CheckAll(new ShareOfProgress(progress, 0.5, 0.5));
        defense.JudgeAll(defense, [defense], replayed);
        progress.Report(1);
        return defense.Result;
    }
}
