namespace Ensembles;

/// <summary>A module that draws random numbers at test time.</summary>
public interface IRandomized
{
    /// <summary>
    /// How many draws an attack averages its gradient over (expectation over transformation, EOT, Athalye et al. 2018
    /// [1]); at least 1. The literature uses 10 to 30.
    /// </summary>
    int EotSamples { get; }
}
