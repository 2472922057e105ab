using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>The directions in which members of an ensemble lose.</summary>
static class MemberGradients
{
    /// <summary>
    /// For each pair of members and each clean image the cosine of the gradients of their margins; null where one of
    /// them has none.
    /// </summary>
    /// <param name="members">Each member alone.</param>
    /// <param name="images">Clean images.</param>
    /// <param name="options">Seed, batch size, cancellation.</param>
    /// <returns>By pair [i][j] with i below j, of each image.</returns>
    public static double?[][][] Cosines(
        IReadOnlyList<AttackSurface> members, LabeledImages images, EvaluationOptions options)
    {
        double?[][][] cosines =
            [.. members.Select((_, i) => members.Select((_, j) => new double?[j > i ? images.Count : 0]).ToArray())];
        for (var start = 0; start < images.Count; start += options.BatchSize)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            var length = Math.Min(options.BatchSize, images.Count - start);
            var (batch, labels) = (images.Images.narrow(0, start, length), images.Labels.narrow(0, start, length));
            Tensor[] directions =
                [.. members.Select(member => Direction(member, batch, labels, Seeds.Of(options.Seed, $"{start}")))];
            for (var i = 0; i < members.Count; i++)
            {
                for (var j = i + 1; j < members.Count; j++)
                {
                    var products = (directions[i] * directions[j]).sum(1).cpu().data<double>().ToArray();
                    for (var k = 0; k < length; k++)
                        cosines[i][j][start + k] = double.IsFinite(products[k]) ? products[k] : null;
                }
            }
        }

        return cosines;
    }

    /// <summary>
    /// Unit vectors [N, C H W], float64, along the gradients, averaged over the member's draws; not numbers where the
    /// gradient is 0.
    /// </summary>
    static Tensor Direction(AttackSurface member, Tensor images, Tensor labels, int seed)
    {
        using var scope = NewDisposeScope();
        var gradient = InputGradient.Of(
            x => DirectionCheck.HeightOf(part: 0, member, x, labels, seed), images, heights => heights.sum());
        var flat = gradient.flatten(1).to_type(ScalarType.Float64);
        return (flat / flat.norm(1, keepdim: true)).MoveToOuterDisposeScope();
    }
}
