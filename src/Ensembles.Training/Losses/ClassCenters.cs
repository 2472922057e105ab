using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>Learned centers of the classes among the features of several layers, normal before training.</summary>
sealed class ClassCenters : Module
{
    readonly Parameter[] centers;

    public ClassCenters(int classes, IReadOnlyList<int> widths) : base(nameof(ClassCenters))
    {
        centers = [.. widths.Select(width => Parameter(randn(classes, width).DetachFromDisposeScope()))];
        for (var i = 0; i < centers.Length; i++)
            register_parameter($"layer{i + 1}", centers[i]);
    }

    /// <summary>Float32 [K, D] for each layer.</summary>
    public IReadOnlyList<Tensor> Of => centers;

    protected override void RegisterComponents()
    {
    }
}
