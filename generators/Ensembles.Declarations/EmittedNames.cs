using Microsoft.CodeAnalysis;

namespace Ensembles.Declarations;

/// <summary>Fixed names in what is generated for an ensemble.</summary>
static class EmittedNames
{
    /// <summary>The properties that the generated part adds.</summary>
    public static readonly string[] Properties = ["Declaration", "Components", "DecisionScript"];

    /// <summary>The methods that the generated part adds.</summary>
    public static readonly string[] Methods = ["forward", "LeaveOneOut"];

    /// <summary>The members that the generated part adds.</summary>
    public static readonly string[] All = [.. Properties, .. Methods];

    /// <summary>
    /// How the name of a file ends that holds stand-ins for the missing bodies of a refused declaration.
    /// </summary>
    public const string RefusedFile = ".refused.g.cs";

    /// <summary>
    /// Whether a file holds what the generator writes: the compiler names its folder after the generator.
    /// </summary>
    public static bool IsEmitted(SyntaxTree tree) =>
        tree.FilePath.EndsWith(".g.cs", StringComparison.Ordinal)
        && tree.FilePath.Contains("Ensembles.Generators.EnsembleGenerator");
}
