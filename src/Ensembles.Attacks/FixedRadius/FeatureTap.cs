using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks;

/// <summary>
/// Reads the features behind a defense's decisions: those of every <see cref="FeatureNetwork"/> in it, from what that
/// network is shown when the defense is evaluated, so with the transforms before it; or those that a module given by
/// the user makes of the images.
/// </summary>
sealed class FeatureTap : IDisposable
{
    readonly AttackSurface surface;
    readonly Module<Tensor, Tensor>? given;
    readonly List<Action> undo = [];
    readonly List<Tensor> seen = [];
    bool listens;

    /// <exception cref="InvalidOperationException">
    /// No feature network in the defense and no module given, or one in training mode.
    /// </exception>
    public FeatureTap(AttackSurface surface, Module<Tensor, Tensor>? given)
    {
        (this.surface, this.given) = (surface, given);
        if (given is not null)
        {
            EvaluationMode.ThrowIfTraining(given.modules().Prepend(given), "FeatureAttack.Features");
            foreach (var parameter in given.parameters().Where(p => p.requires_grad))
            {
                parameter.requires_grad = false;
                undo.Add(() => parameter.requires_grad = true);
            }
            return;
        }
        foreach (var network in surface.Modules.OfType<FeatureNetwork>().Distinct())
        {
            var hook = network.register_forward_hook((_, images, logits) =>
            {
                if (listens)
                    seen.Add(network.features(images).DetachFromDisposeScope());
                return logits;
            });
            undo.Add(hook.remove);
        }
        if (undo.Count == 0)
            throw new InvalidOperationException(
                "No module of the defense is a FeatureNetwork, so there are no features to match in "
                + $"{string.Join(", ", surface.Members)}. Set FeatureAttack.Features to a module that turns images "
                + "into features.");
    }

    /// <summary>
    /// The features of images [N, C, H, W] in each network, [N, D] or [S N, D], differentiable in the images; the
    /// defense is evaluated for them.
    /// </summary>
    public IReadOnlyList<Tensor> Read(Tensor images, DefenseUnderAttack defense, long seed)
    {
        Listen();
        defense.Evaluate(images, surface.EotSamples, seed).Dispose();
        return Read(images, defense);
    }

    /// <summary>
    /// The same, of images that the defense was evaluated on just now, and nothing else since <see cref="Listen"/>.
    /// </summary>
    public IReadOnlyList<Tensor> Read(Tensor images, DefenseUnderAttack defense)
    {
        Tensor[] features = given is not null
            ? [given.call(images.clone()).flatten(1)]
            : [.. seen.Select(f => f.flatten(1))];
        Forget();
        // Through the networks side by side, as when the defense is evaluated.
        defense.CountElsewhere(forwards: features.Max(f => f.size(0)));
        return features;
    }

    /// <summary>
    /// Waits for an evaluation of the defense, to compute the features of what its networks are shown.
    /// </summary>
    public void Listen()
    {
        Forget();
        listens = true;
    }

    void Forget()
    {
        seen.ForEach(f => f.Dispose());
        seen.Clear();
        listens = false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        undo.ForEach(action => action());
        Forget();
    }
}
