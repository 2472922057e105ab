using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>
/// Several draws of a network's dropout masks in evaluation mode (MC dropout). The layers before the first dropout are
/// deterministic and run once: the first dropout repeats its rows for every draw.
/// </summary>
/// <remarks>
/// It hooks the network's <c>nn.Dropout</c> modules and leaves their mode alone. Everything the network computes must
/// pass through its first dropout: one that a skip connection bypasses cannot be drawn this way.
/// </remarks>
sealed class MonteCarloDropout
{
    readonly FeatureNetwork network;
    readonly double probability;
    long images;
    int draws;
    bool repeated;

    /// <summary>Hooks a network whose dropout modules all drop with the probability given.</summary>
    /// <exception cref="ArgumentException">The network has no <c>nn.Dropout</c> modules.</exception>
    public MonteCarloDropout(FeatureNetwork network, double probability)
    {
        this.network = network;
        this.probability = probability;
        var modules = network.modules().OfType<Dropout>().ToArray();
        if (modules.Length == 0)
            throw new ArgumentException(
                $"{network.GetName()} has no nn.Dropout modules: the network factory must honour the dropout it "
                + "is asked for.",
                nameof(network));
        foreach (var module in modules)
            module.register_forward_hook((_, _, output) => draws == 0 ? output : Draw(output));
    }

    /// <summary>
    /// One pass without dropout and T passes with masks drawn anew for each row: features [(1 + T) N, D] and logits [(1
    /// + T) N, K], where row t * N + n is pass t of image n, and pass 0 is the one without dropout.
    /// </summary>
    public (Tensor Features, Tensor Logits) Passes(Tensor images, int draws) =>
        Drawing(images.size(0), draws, () =>
        {
            var features = network.features(images);
            return (features, network.head(features));
        });

    /// <summary>
    /// What calls the network for so many images once, with one pass without dropout and T passes with masks in its
    /// place: (1 + T) N rows, as those of <see cref="Passes"/>.
    /// </summary>
    public T Drawing<T>(long images, int draws, Func<T> evaluate)
    {
        (this.images, this.draws, repeated) = (images, draws, false);
        try
        {
            return evaluate();
        }
        finally
        {
            this.draws = 0;
        }
    }

    Tensor Draw(Tensor output)
    {
        using var scope = NewDisposeScope();
        var rows = output;
        if (!repeated)
        {
            rows = output.repeat([1 + draws, .. Enumerable.Repeat(1L, (int)output.dim() - 1)]);
            repeated = true;
        }

        using (no_grad())
        {
            // Several times quicker than bernoulli_, which draws its numbers one by one.
            var masks = rand_like(rows).lt_(1 - probability).div_(1 - probability);
            masks.narrow(0, 0, images).fill_(1);
            output = masks;
        }

        return (rows * output).MoveToOuterDisposeScope();
    }
}
