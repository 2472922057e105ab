namespace Ensembles.Generators.Parsing;

/// <summary>What the generated part of an ensemble adds under fixed names. The analyzers compile this file too.</summary>
static class EmittedNames
{
    public static readonly string[] All = ["Declaration", "Members", "Gates", "Surface", "forward", "LeaveOneOut", "CalibrateGates", "Compile"];
}
