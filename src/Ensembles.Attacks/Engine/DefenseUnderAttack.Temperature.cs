using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks;

/// <content>The defense at a higher temperature, where its gradient is exactly zero.</content>
sealed partial class DefenseUnderAttack
{
    Temperature? temperature;

    /// <summary>Whether gradients are followed at a higher temperature.</summary>
    public bool IsHeated => temperature is not null;

    /// <summary>
    /// Looks for a temperature at which the vote's margin has a gradient on images where it has none, and follows it
    /// from there on.
    /// </summary>
    /// <param name="images">Images [n, C, H, W].</param>
    /// <param name="criterion">What is to be met on them.</param>
    /// <param name="all">Whether it is followed on images that have a gradient of their own too.</param>
    /// <returns>For each image whether it is followed now; null where every one has its own.</returns>
    public bool[]? Heat(Tensor images, BatchCriterion criterion, bool all = false)
    {
        Cool();
        var (cold, called) = HasGradient(images, criterion);
        if (all)
            cold = [.. cold.Select(_ => false)];
        if (cold.All(has => has))
            return null;
        var (most, best) = (0, (bool[]?)null);
        Temperature? chosen = null;
        foreach (var candidate in Temperature.Candidates(called))
        {
            temperature = candidate;
            var (warm, _) = HasGradient(images, criterion);
            candidate.TurnOff();
            var gained = Enumerable.Range(0, warm.Length).Count(i => warm[i] && !cold[i]);
            if (gained > most)
            {
                chosen?.Dispose();
                (most, best, chosen) = (gained, warm, candidate);
            }
            else
            {
                candidate.Dispose();
            }
            if (most == cold.Count(has => !has))
                break;
        }
        temperature = chosen;
        return best is null ? cold.Select(_ => false).ToArray() : [.. best.Zip(cold, (warm, had) => warm && !had)];
    }

    /// <summary>Follows the defense's own gradient again.</summary>
    public void Cool()
    {
        temperature?.Dispose();
        temperature = null;
    }

    /// <summary>
    /// Like <see cref="EvaluateItself"/>, with the gradient of the defense at the higher temperature and its exact
    /// decision. The gradient is to be taken before the defense is evaluated again.
    /// </summary>
    public SurfaceOutput EvaluateHeated(Tensor images, SurfaceOutput exact, int draws, long seed)
    {
        temperature!.TurnOn();
        return Evaluate(images, draws, seed, call: null, isHeated: true) with { Labels = exact.Labels };
    }

    (bool[] Has, IReadOnlyList<IReadOnlyList<Module>> Components) HasGradient(Tensor images, BatchCriterion criterion)
    {
        using var scope = NewDisposeScope();
        var leaf = images.detach().requires_grad_(true);
        List<IReadOnlyList<Module>> called = [];
        temperature?.TurnOn();
        var output = Evaluate(leaf, 1, 0, Note, isHeated: temperature is not null);
        Gradient(criterion.Classes.Margins(output.Scores), leaf, 1, out var largest).Dispose();
        // Surfaces of a user's own may call their modules without saying so, and all do those that draw.
        return ([.. largest.Select(size => size > 0)], called.Count > 0 ? called : [[.. Surface.Modules]]);

        Tensor Note(Module<Tensor, Tensor> component, Tensor given)
        {
            called.Add(ReachedModules.From(component));
            return Draws.Answer(component, given);
        }
    }
}
