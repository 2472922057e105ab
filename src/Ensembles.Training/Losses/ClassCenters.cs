using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>Learned centers of the classes among the features of several layers, normal before training.</summary>
sealed class ClassCenters : Module
{
    readonly int layers;

    public ClassCenters(int classes, IReadOnlyList<int> widths) : base(nameof(ClassCenters))
    {
        layers = widths.Count;
        for (var i = 0; i < layers; i++)
            register_parameter(NameOf(i), Parameter(randn(classes, widths[i]).DetachFromDisposeScope()));
    }

    /// <summary>Float32 [K, D] for each layer.</summary>
    public IReadOnlyList<Tensor> Of => [.. Enumerable.Range(0, layers).Select(i => get_parameter(NameOf(i))!)];

    static string NameOf(int layer) => $"layer{layer + 1}";

    protected override void RegisterComponents()
    {
    }
}
