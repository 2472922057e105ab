namespace Ensembles.Benchmarks.Defenses;

/// <summary>What one detector reached with one training seed; a file of the results folder.</summary>
/// <param name="Method">The row of the table.</param>
/// <param name="Seed">The training seed.</param>
/// <param name="Processor">Where it ran.</param>
/// <param name="FalsePositiveRate">The rate of its threshold, on validation images.</param>
/// <param name="Images">N, the test images attacked.</param>
/// <param name="Clean">Images that are right and accepted without an attack.</param>
/// <param name="Coverage">Images that are accepted without an attack.</param>
/// <param name="Radii">What stood at each radius.</param>
sealed record DetectorOutcome(
    string Method,
    int Seed,
    string Processor,
    double FalsePositiveRate,
    int Images,
    double Clean,
    double Coverage,
    IReadOnlyList<DetectorOutcomeAt> Radii);

/// <summary>What stood at one radius.</summary>
/// <param name="Epsilon">The radius in Linf.</param>
/// <param name="Lenient">The share of images right or rejected under every attack that knows the detector.</param>
/// <param name="Strict">The share of images right and accepted under each.</param>
/// <param name="AreaUnaware">The area under the ROC curve, PGD on the network alone against clean images.</param>
/// <param name="AreaAware">The same of PGD that knows the detector; null where it fooled no network.</param>
/// <param name="Invalid">Why the figures say nothing; empty for valid ones.</param>
sealed record DetectorOutcomeAt(
    double Epsilon, double Lenient, double Strict, double? AreaUnaware, double? AreaAware,
    IReadOnlyList<string> Invalid);
