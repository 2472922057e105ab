using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>Uniform noise in [-epsilon, epsilon], the same for all images of a group.</summary>
/// <param name="epsilon">The radius in Linf, in units of pixel values in [0, 1]; positive.</param>
/// <param name="groups">G, the groups of a batch; null for noise of its own for each image.</param>
public sealed class SharedNoise(double epsilon, int? groups) : SharedPerturbation(epsilon, groups)
{
    private protected override Tensor Changes(
        PerturbedBatch batch, long[][] members, Tensor groups, double radius, Generator generator)
    {
        long[] shape = [members.Length, .. batch.Images.shape[1..]];
        return (2 * rand(shape, generator: generator).to(batch.Images.device) - 1) * radius;
    }
}
