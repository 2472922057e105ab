using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks;

/// <summary>
/// Reads the features behind a defense's decisions: those of every <see cref="FeatureNetwork"/> in it, from what that
/// network is shown when the defense is evaluated, so with the transforms before it; those of a classifier that takes
/// its network's features without calling it, for a head of its own; or those that a module given by the user makes of
/// the images.
/// </summary>
sealed class FeatureTap : IDisposable
{
    readonly AttackSurface surface;
    readonly Module<Tensor, Tensor>? given;
    readonly List<Action> undo = [];
    readonly List<Tensor> seen = [];
    readonly HashSet<FeatureNetwork> called = [];
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
            Follow(network, network, seesMore: () =>
            {
                called.Add(network);
                return true;
            });
        // A module's hook comes after those of the modules inside.
        foreach (var (module, extractor) in Extractors(surface))
            Follow(module, extractor, seesMore: () => !module.modules().OfType<FeatureNetwork>().Any(called.Contains));
        if (undo.Count == 0)
            throw new InvalidOperationException(
                "No module of the defense is a FeatureNetwork, so there are no features to match in "
                + $"{string.Join(", ", surface.Members)}. Set FeatureAttack.Features to a module that turns images "
                + "into features.");
    }

    void Follow(Module<Tensor, Tensor> module, IFeatureExtractor extractor, Func<bool> seesMore)
    {
        var hook = module.register_forward_hook((_, images, output) =>
        {
            if (listens && seesMore())
                seen.Add(extractor.features(images).DetachFromDisposeScope());
            return output;
        });
        undo.Add(hook.remove);
    }

    static IEnumerable<(Module<Tensor, Tensor> Module, IFeatureExtractor Extractor)> Extractors(
        AttackSurface surface) =>
        from module in surface.Modules.OfType<Module<Tensor, Tensor>>().Distinct()
        where module is IFeatureExtractor and not FeatureNetwork
        select (module, (IFeatureExtractor)module);

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
        if (features.Length == 0)
            throw new InvalidOperationException(
                $"{string.Join(", ", surface.Members)} decides without calling the feature networks inside, so their "
                + "features were not seen. Set FeatureAttack.Features to a module that turns images into features.");
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
        called.Clear();
        listens = false;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        undo.ForEach(action => action());
        Forget();
    }
}
