using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// Projected gradient descent (Madry et al. 2018 [20]) for one image of each group, drawn at random; the others receive
/// its perturbation.
/// </summary>
/// <param name="epsilon">The radius in Linf, in units of pixel values in [0, 1]; positive.</param>
/// <param name="groups">G, the groups of a batch; null for one an image.</param>
/// <param name="steps">Steps, 1 or more.</param>
public sealed class CopiedPgdPerturbation(double epsilon, int? groups, int steps = 10)
    : SharedPerturbation(epsilon, groups)
{
    /// <summary>Steps.</summary>
    public int Steps { get; } = steps;

    private protected override Tensor Changes(
        PerturbedBatch batch, long[][] members, Tensor groups, double radius, Generator generator)
    {
        var random = new Random(unchecked((int)batch.Step.Seed));
        long[] drawn = [.. members.Select(images => images[random.Next(images.Length)])];
        var rows = tensor(drawn).to(batch.Images.device);
        var (images, labels) = (batch.Images.index_select(0, rows), batch.Labels.index_select(0, rows));
        var perturbed = new PgdPerturbation(radius, Steps).Of(batch with { Images = images, Labels = labels });
        return perturbed - images;
    }
}
