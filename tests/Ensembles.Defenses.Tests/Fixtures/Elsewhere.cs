using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Fixtures;

/// <summary>Images that are given out only as they are asked for, as those on disk are.</summary>
sealed class Elsewhere(LabeledImages images) : ILabeledImages
{
    /// <summary>The most that were asked for at once: what memory has to hold.</summary>
    public int Most { get; private set; }

    public int Count => images.Count;

    public int ClassCount => images.ClassCount;

    public Tensor Labels { get; } = images.Labels.alias().DetachFromDisposeScope();

    public LabeledImages Select(ReadOnlySpan<long> indices)
    {
        Most = Math.Max(Most, indices.Length);
        return images.Select(indices);
    }

    public void Dispose() => Labels.Dispose();
}
