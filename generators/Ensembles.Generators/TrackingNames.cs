namespace Ensembles.Generators;

/// <summary>Names of the pipeline's steps, under which tests look up why a step ran.</summary>
static class TrackingNames
{
    /// <summary>The well-formed declarations of ensembles.</summary>
    public const string Ensembles = nameof(Ensembles);

    /// <summary>File names that only differ in case.</summary>
    public const string Clashes = nameof(Clashes);

    /// <summary>Whether the compilation knows dependency injection.</summary>
    public const string Injection = nameof(Injection);
}
