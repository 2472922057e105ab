using Ensembles;
using Ensembles.Defenses;
using Ensembles.Training;
using Microsoft.Extensions.DependencyInjection;

namespace QuickStart;

/// <summary>
/// The components of <see cref="FiveStrengths"/> as they are trained here: each member on images perturbed against
/// itself, Transfer on images perturbed against other networks too. Trained on clean images alone all of them fall to
/// the attack, and so does their vote.
/// </summary>
public static class AdversarialTraining
{
    /// <summary>
    /// Registers the components. <c>AddFiveStrengths</c>, called after it, takes these in place of its own.
    /// </summary>
    /// <param name="services">Where they are registered, beside an <see cref="INetworkFactory"/>.</param>
    /// <param name="epsilon">The radius of training in Linf, in units of pixel values in [0, 1].</param>
    /// <param name="steps">Steps of PGD for each batch of training images.</param>
    public static IServiceCollection AddTrainedComponents(this IServiceCollection services, double epsilon, int steps)
    {
        return services
            // A draw is a pass of its network, and most of what the attack on the whole costs.
            .AddTransient(s => new BayesianUncertaintyDetector(Networks(s)) { DropoutDraws = 8 })
            .AddTransient(s => new EnsembleAdversarialClassifier(Networks(s)) { Epsilon = epsilon })
            .AddTransient(s => new StochasticPruningClassifier(Networks(s)) { Perturbation = Pgd() })
            .AddTransient(s => new CenterLossClassifier(Networks(s)) { Perturbation = Pgd() })
            .AddTransient(s => new EdgeClassifier(Networks(s)) { Perturbation = Pgd() });

        static INetworkFactory Networks(IServiceProvider services) => services.GetRequiredService<INetworkFactory>();

        PgdPerturbation Pgd() => new(epsilon, steps) { WarmUp = 0.5 };
    }
}
