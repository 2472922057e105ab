using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>A module that shows the features its decision is made from.</summary>
public interface IFeatureExtractor
{
    /// <summary>Penultimate features h(x), float32 [N, D], of images [N, C, H, W].</summary>
    Tensor features(Tensor images);
}

/// <summary>
/// A classifier network split into features and a linear head: logits z(x) = head(features(x)), float32 [N, K].
/// Metric-learning losses and detectors need the split.
/// </summary>
public abstract class FeatureNetwork : Module<Tensor, Tensor>, IFeatureExtractor
{
    /// <summary>Creates the module under the name given.</summary>
    protected FeatureNetwork(string name = nameof(FeatureNetwork)) : base(name)
    {
    }

    /// <summary>D, the width of the features.</summary>
    public abstract int FeatureCount { get; }

    /// <summary>K, the number of classes.</summary>
    public abstract int ClassCount { get; }

    /// <inheritdoc/>
    public abstract Tensor features(Tensor images);

    /// <summary>
    /// The names of the layers inside <see cref="features(Tensor)"/> whose outputs can be tapped, in the order they are
    /// called: those of modules that are called once, as <c>named_modules</c> gives them.
    /// </summary>
    public virtual IReadOnlyList<string> TapNames => [];

    /// <summary>Penultimate features [N, D] of images [N, C, H, W], and the outputs of layers on the way.</summary>
    /// <param name="images">Float32 [N, C, H, W].</param>
    /// <param name="taps">Names of the layers, out of <see cref="TapNames"/>.</param>
    /// <param name="outputs">Receives the output of each layer by its name; the caller's dispose scope owns it.</param>
    /// <exception cref="ArgumentException">A name that is not among <see cref="TapNames"/>.</exception>
    public Tensor features(Tensor images, IReadOnlyList<string> taps, IDictionary<string, Tensor> outputs)
    {
        if (taps.Count == 0)
            return features(images);
        if (taps.Except(TapNames).FirstOrDefault() is { } unknown)
            throw new ArgumentException(
                $"{GetName()} has no layer {unknown} to tap; it has {string.Join(", ", TapNames)}.", nameof(taps));

        var modules = named_modules().Where(m => taps.Contains(m.name)).Select(m => (m.name, m.module)).ToArray();
        // Detached, a tap lives on when the network disposes of what it passes from layer to layer.
        var seen = new Dictionary<string, Tensor>();
        var hooks = Array.ConvertAll(modules, m =>
            ((Module<Tensor, Tensor>)m.module).register_forward_hook((_, _, output) =>
            {
                seen[m.name] = output.alias().DetachFromDisposeScope();
                return output;
            }));
        try
        {
            var h = features(images);
            foreach (var (name, output) in seen)
                outputs[name] = output.alias();
            return h;
        }
        finally
        {
            foreach (var hook in hooks)
                hook.remove();
            foreach (var output in seen.Values)
                output.Dispose();
        }
    }

    /// <summary>Logits [N, K] of features [N, D].</summary>
    public abstract Tensor head(Tensor features);

    /// <summary>Logits [N, K] of images [N, C, H, W].</summary>
    public override Tensor forward(Tensor images)
    {
        using var h = features(images);
        return head(h);
    }
}
