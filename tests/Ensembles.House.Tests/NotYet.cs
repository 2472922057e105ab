namespace Ensembles.House.Tests;

/// <summary>What does not follow a rule of the house yet. A test fails for a name too many: they only shrink.</summary>
static class NotYet
{
    /// <summary>Rooms of one project that depend on each other both ways.</summary>
    public static readonly string[] Circles =
    [
        "src/Ensembles: Compiling <-> Compiling/Fused",
        "src/Ensembles: Compiling <-> Wiring",
        "src/Ensembles: Gating <-> Wiring",
        "src/Ensembles: Voting <-> Wiring",
        "src/Ensembles.Evaluation: Reports <-> Reports/Html",
    ];

    /// <summary>Projects with lines that are too long.</summary>
    public static readonly string[] LongLines =
    [
        "benchmarks/Ensembles.Benchmarks",
        "benchmarks/Ensembles.CudaCheck",
        "examples/QuickStart",
        "examples/Tutorial",
        "generators/Ensembles.Generators",
        "src/Ensembles",
        "src/Ensembles.Defenses",
        "src/Ensembles.Evaluation",
        "src/Ensembles.Training",
        "templates/ensemble",
        "tests/Ensembles.Defenses.Tests",
        "tests/Ensembles.Evaluation.Tests",
        "tests/Ensembles.Generators.Tests",
        "tests/Ensembles.Tests",
        "tests/PackedPackage.Tests",
    ];
}
