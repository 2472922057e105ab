using static TorchSharp.torch.nn;

namespace Ensembles.Numerics;

/// <summary>The mode a defense is deployed in, and so the one it is attacked and measured in.</summary>
public static class EvaluationMode
{
    const int Shown = 5;

    /// <summary>
    /// Throws when a module is in training mode, where dropout and batch normalisation act differently.
    /// </summary>
    /// <param name="modules">The modules, each for itself: what is inside them is not looked at.</param>
    /// <param name="name">What they belong to, as the message calls it.</param>
    /// <exception cref="InvalidOperationException">A module in training mode; the message names it.</exception>
    public static void ThrowIfTraining(IEnumerable<Module> modules, string name)
    {
        string[] training =
            [.. modules.Where(module => module.training).Select(module => module.GetName()).Distinct().Take(Shown)];
        if (training.Length > 0)
            throw new InvalidOperationException(
                $"{name} is in training mode ({string.Join(", ", training)}), where dropout and batch normalisation "
                    + "act "
                + "differently than in the defense as it is deployed: call eval() first.");
    }
}
