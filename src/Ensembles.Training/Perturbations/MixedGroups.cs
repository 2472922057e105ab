using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>Divides a batch into groups that hold the classes as evenly as it allows.</summary>
static class MixedGroups
{
    /// <summary>
    /// The images of each group: in random order, sorted by class and dealt out one by one, so that no two groups
    /// differ by more than one in the images of a class.
    /// </summary>
    /// <param name="labels">Int64 [N].</param>
    /// <param name="count">
    /// Groups, N / 2 at most, so that each has two images; null for one image in each, in the batch's order.
    /// </param>
    /// <param name="seed">Images of a class are dealt in an order drawn from this.</param>
    public static long[][] Of(Tensor labels, int? count, long seed)
    {
        using var onCpu = labels.cpu();
        var classes = onCpu.data<long>().ToArray();
        var images = Enumerable.Range(0, classes.Length).Select(i => (long)i).ToArray();
        if (count is not { } most)
            return [.. images.Select(i => new[] { i })];

        new Random(unchecked((int)seed)).Shuffle(images);
        var dealt = images.OrderBy(i => classes[i]).ToArray();
        var groups = Math.Max(1, Math.Min(most, images.Length / 2));
        return [.. Enumerable.Range(0, groups).Select(g => dealt.Where((_, place) => place % groups == g).ToArray())];
    }
}
