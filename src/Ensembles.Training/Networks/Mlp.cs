using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// A multilayer perceptron: the pixels in a row, then fully connected layers with a ReLU and, where asked for, dropout
/// behind each, then a linear head. It has no normalisation.
/// </summary>
[Compiled]
public sealed partial class Mlp : LayeredNetwork
{
    readonly Flatten flatten = Flatten();
    readonly Linear[] hidden;
    readonly ReLU[] activations;
    readonly Dropout[] dropouts;
    readonly Linear output;

    /// <summary>Creates the network with weights drawn from torch's global generator.</summary>
    /// <param name="channels">C, the channels of an image.</param>
    /// <param name="imageSize">Height and width of an image, 1 or more.</param>
    /// <param name="classes">K, the number of classes.</param>
    /// <param name="hiddenUnits">Units of each hidden layer, one layer or more; the last are the features.</param>
    /// <param name="dropout">Dropout probability in [0, 1) behind each hidden layer; 0 for no dropout modules.</param>
    public Mlp(int channels, int imageSize, int classes, IReadOnlyList<int> hiddenUnits, double dropout = 0)
        : base(nameof(Mlp), channels, imageSize)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(imageSize, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(classes, 2);
        NetworkArguments.ThrowIfNoDropout(dropout);
        if (hiddenUnits.Count == 0 || hiddenUnits.Any(units => units < 1))
            throw new ArgumentException(
                "A multilayer perceptron has a hidden layer or more, of one unit or more.", nameof(hiddenUnits));

        (ClassCount, FeatureCount) = (classes, hiddenUnits[^1]);
        int[] inputs = [channels * imageSize * imageSize, .. hiddenUnits];
        hidden = [.. hiddenUnits.Select((units, i) => Linear(inputs[i], units))];
        activations = [.. hiddenUnits.Select(_ => ReLU())];
        dropouts = dropout > 0 ? [.. hiddenUnits.Select(_ => Dropout(dropout))] : [];
        output = Linear(FeatureCount, classes);
        RegisterComponents();
        for (var i = 0; i < hidden.Length; i++)
        {
            register_module($"hidden{i + 1}", hidden[i]);
            register_module($"relu{i + 1}", activations[i]);
            if (dropout > 0)
                register_module($"dropout{i + 1}", dropouts[i]);
        }
    }

    /// <inheritdoc/>
    public override int FeatureCount { get; }

    /// <inheritdoc/>
    public override int ClassCount { get; }

    /// <inheritdoc/>
    protected override IReadOnlyList<Module<Tensor, Tensor>> FeatureLayers =>
    [
        flatten,
        .. hidden.SelectMany((layer, i) => Present(
            layer, activations[i], i < hidden.Length - 1 ? dropouts.ElementAtOrDefault(i) : null)),
    ];

    /// <inheritdoc/>
    /// <remarks>
    /// The dropout before the head belongs to it, so that features are the same with dropout and without.
    /// </remarks>
    protected override IReadOnlyList<Module<Tensor, Tensor>> HeadLayers => Present(dropouts.LastOrDefault(), output);
}
