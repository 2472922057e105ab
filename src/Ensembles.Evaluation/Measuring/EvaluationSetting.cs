using Ensembles.Attacks;
using static System.FormattableString;

namespace Ensembles.Evaluation;

/// <summary>What every defense of an evaluation or a study is measured under.</summary>
/// <param name="Images">The test images.</param>
/// <param name="Threat">What the attacker may change.</param>
/// <param name="Attacks">The attacks.</param>
/// <param name="Options">Seed, draws, batch size, checks, cancellation.</param>
sealed record EvaluationSetting(
    LabeledImages Images, ThreatModel Threat, IReadOnlyList<IAttack> Attacks, EvaluationOptions Options)
{
    /// <exception cref="ArgumentException">A threat model that limits nothing.</exception>
    public LabeledImages Images { get; } = IsLimited(Images, Threat) ? Images : throw new ArgumentException(
        Invariant($"{Threat} limits nothing: images of this size with pixels in [0, 1] are never further apart. Is ")
        + "the radius in units of 255 levels?", nameof(Threat));

    readonly string imagesKey = Options.ResultsFolder is null ? "" : Fingerprint.OfImages(Images);

    /// <summary>Where finished units are kept.</summary>
    public UnitFolder Folder { get; } = new(Options.ResultsFolder, Options.Notices);

    /// <summary>
    /// A record of an attack without AutoAttack's advice to run the adaptive attack beside it, where that is run.
    /// </summary>
    public AttackRecord WithoutSettledAdvice(AttackRecord record) =>
        Attacks.OfType<Pgd>().Any(pgd => pgd.Loss == AttackLoss.Adaptive)
            ? record with { Warnings = [.. record.Warnings.Where(words => words != AutoAttack.AdaptiveIsMissing)] }
            : record;

    static bool IsLimited(LabeledImages images, ThreatModel threat) =>
        images.Count == 0 || threat.Epsilon <= threat.Norm.Diameter(images.Images.numel() / images.Count);

    /// <summary>The fingerprint of what a defense's units depend on; empty where none is kept.</summary>
    public string KeyOf(AttackSurface surface, string name, double[] radii) => Options.ResultsFolder is null
        ? ""
        : Fingerprint.OfWords(
        [
            "6", name, Fingerprint.OfDefense(surface, Images.Images), imagesKey, $"{Threat.Norm}",
            .. radii.Select(radius => Invariant($"{radius:R}")),
            .. Attacks.Select(attack => $"{AttackDescription.Describe(attack)} {attack.Name}"),
            Invariant($"{Options.Seed} {Options.BatchSize} {Options.Draws} {Options.Checks}"),
        ]);
}
