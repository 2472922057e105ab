using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>The examples a detector's regression is fitted to.</summary>
static class FittingExamples
{
    const int PgdSteps = 10;

    /// <summary>
    /// Perturbed images within epsilon in Linf and in [0, 1]: FGSM for every second image, PGD with a random start for
    /// the others. Both climb the margin max_(k != y) z_k - z_y, which has a gradient where cross-entropy rounds to
    /// zero.
    /// </summary>
    public static Tensor Adversarial(
        Module<Tensor, Tensor> network,
        Tensor images,
        Tensor labels,
        double epsilon,
        int batchSize,
        CancellationToken cancellation)
    {
        using var scope = NewDisposeScope();
        var batches = new List<Tensor>();
        foreach (var (x, y) in images.split(batchSize).Zip(labels.split(batchSize)))
        {
            cancellation.ThrowIfCancellationRequested();
            var single = arange(x.size(0), device: x.device).remainder(2).eq(0).view(-1, 1, 1, 1);
            batches.Add(where(
                single, Climb(network, x, y, epsilon, 1), Climb(network, x, y, epsilon, PgdSteps)));
        }

        return cat(batches).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// Images with normal noise, scaled so that its mean L2 after clipping to [0, 1] is that of the adversarial
    /// perturbations.
    /// </summary>
    public static Tensor Noisy(Tensor images, Tensor adversarial)
    {
        using var scope = NewDisposeScope();
        var wanted = MeanLength(adversarial - images);
        var noise = randn_like(images);
        var noisy = images;
        // Clipping shortens the noise, the more the larger it is: lengthen it by the ratio until it fits.
        for (var i = 0; i < 20; i++)
        {
            noise *= wanted / Math.Max(MeanLength(i == 0 ? noise : noisy - images), 1e-12f);
            noisy = (images + noise).clamp(0, 1);
        }

        return noisy.MoveToOuterDisposeScope();
    }

    static float MeanLength(Tensor perturbations) => perturbations.flatten(1).norm(1, p: 2).mean().item<float>();

    static Tensor Climb(Module<Tensor, Tensor> network, Tensor images, Tensor labels, double epsilon, int steps)
    {
        using var scope = NewDisposeScope();
        var (low, high) = ((images - epsilon).clamp_min(0), (images + epsilon).clamp_max(1));
        var size = steps == 1 ? epsilon : 2.5 * epsilon / steps;
        var x = steps == 1 ? images : low + (rand_like(images) * (high - low));
        for (var i = 0; i < steps; i++)
        {
            var sign = InputGradient.Of(network, x, SumOfMargins).sign();
            x = (x + (sign * size)).clamp(low, high);
        }

        return x.MoveToOuterDisposeScope();

        Tensor SumOfMargins(Tensor logits)
        {
            var classes = functional.one_hot(labels, logits.size(1));
            var others = logits.masked_fill(classes.to_type(ScalarType.Bool), float.NegativeInfinity).amax([1]);
            return (others - (logits * classes).sum(1)).sum();
        }
    }
}
