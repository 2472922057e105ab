using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>An evaluation with the graph that leads from its images to it.</summary>
/// <param name="View">The evaluation of N images.</param>
/// <param name="Leaf">The images it was computed from; at least those N.</param>
/// <param name="Rows">Which of the leaf's images the N are, int64 [N]; null when they are all.</param>
sealed record Tracked(SurfaceView View, Tensor Leaf, Tensor? Rows = null) : IDisposable
{
    /// <summary>The gradient [N, C, H, W] of the sum of values [R] of the view's rows with respect to its images, and the size of each image's <see cref="LargestEntries"/> in it.</summary>
    /// <exception cref="InvalidOperationException">The gradient is not finite.</exception>
    public Tensor Gradient(Tensor values, Victim victim, out float[] largest)
    {
        var gradient = victim.Gradient(values, Leaf, View.Draws, out largest);
        if (Rows is null)
            return gradient;
        var ofLeaf = largest;
        largest = [.. HostMemory.ReadLongs(Rows).Select(row => ofLeaf[row])];
        using (gradient)
            return gradient.index_select(0, Rows);
    }

    /// <summary>Some of the images, int64 [n]; of one draw.</summary>
    public Tracked Select(Tensor rows)
    {
        var output = View.Output;
        var some = new SurfaceOutput(
            output.MemberLogits.index_select(1, rows), output.Scores.index_select(0, rows), output.Labels.index_select(0, rows),
            output.GateScores.index_select(1, rows), output.GateThresholds);
        return new Tracked(new SurfaceView(some, View.Labels.index_select(0, rows), View.WrongClasses.index_select(0, rows), View.Draws), Leaf, rows);
    }

    /// <summary>Keeps it whatever dispose scopes end, until it is disposed.</summary>
    public Tracked DetachFromDisposeScope()
    {
        Leaf.DetachFromDisposeScope();
        var output = View.Output;
        foreach (var tensor in new[] { output.MemberLogits, output.Scores, output.Labels, output.GateScores, output.GateThresholds })
            tensor.DetachFromDisposeScope();
        return this;
    }

    public void Dispose()
    {
        Leaf.Dispose();
        View.Output.Dispose();
    }
}
