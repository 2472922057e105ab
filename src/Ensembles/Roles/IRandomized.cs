namespace Ensembles;

/// <summary>A module that draws random numbers at test time.</summary>
/// <remarks>
/// It may draw for each row of a call, as added noise does, or once a call, as a random shift, noise on the weights or
/// a model picked at random do. Attacks and evaluations find out which, and call a component that draws once a call
/// anew for each draw; drawing for each row is faster. All random numbers come from torch's global generator, which is
/// seeded to repeat draws.
/// </remarks>
public interface IRandomized
{
    /// <summary>
    /// How many draws an attack averages its gradient over (expectation over transformation, EOT, Athalye et al. 2018
    /// [1]); at least 1. The literature uses 10 to 30.
    /// </summary>
    int EotSamples { get; }
}
