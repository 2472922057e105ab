namespace Ensembles.House.Tests;

/// <summary>What does not follow a rule of the house yet. A test fails for a name too many: they only shrink.</summary>
static class NotYet
{
    /// <summary>Rooms of one project that depend on each other both ways.</summary>
    public static readonly string[] Circles =
    [
    ];

    /// <summary>Projects with lines that are too long.</summary>
    public static readonly string[] LongLines =
    [
        "generators/Ensembles.Generators",
        "src/Ensembles",
        "tests/Ensembles.Generators.Tests",
        "tests/Ensembles.Tests",
    ];
}
