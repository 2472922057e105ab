namespace Ensembles.Generators;

/// <summary>Names of the pipeline's steps, under which tests look up why a step ran.</summary>
static class TrackingNames
{
    /// <summary>The well-formed declarations of ensembles.</summary>
    public const string Ensembles = nameof(Ensembles);

    /// <summary>The ensembles with the names of their files.</summary>
    public const string EnsembleFiles = nameof(EnsembleFiles);

    /// <summary>The declarations of ensembles that are not well-formed.</summary>
    public const string Refused = nameof(Refused);

    /// <summary>The refused declarations with the names of their files.</summary>
    public const string RefusedFiles = nameof(RefusedFiles);

    /// <summary>The components in types that are no ensembles.</summary>
    public const string Strays = nameof(Strays);

    /// <summary>Those with the names of their files.</summary>
    public const string StrayFiles = nameof(StrayFiles);

    /// <summary>Whether the compilation knows dependency injection.</summary>
    public const string Injection = nameof(Injection);

    /// <summary>The well-formed declarations of ablation suites.</summary>
    public const string Suites = nameof(Suites);

    /// <summary>The suites with the names of their files.</summary>
    public const string SuiteFiles = nameof(SuiteFiles);

    /// <summary>The networks with a graph of their forward.</summary>
    public const string Networks = nameof(Networks);

    /// <summary>Those with the names of their files.</summary>
    public const string NetworkFiles = nameof(NetworkFiles);

    /// <summary>The defenses with a graph of their forward.</summary>
    public const string Defenses = nameof(Defenses);

    /// <summary>Those with the names of their files.</summary>
    public const string DefenseFiles = nameof(DefenseFiles);
}
