namespace Ensembles.Generators.Parsing;

/// <summary>Fixed names in what is generated for an ensemble. The analyzers compile this file too.</summary>
static class EmittedNames
{
    /// <summary>The members that the generated part adds.</summary>
    public static readonly string[] All = ["Declaration", "Members", "Gates", "Surface", "forward", "LeaveOneOut", "CalibrateGates", "Compile"];

    /// <summary>How the name of a file ends that holds no more than stand-ins, for a declaration that is refused.</summary>
    public const string RefusedFile = ".refused.g.cs";
}
