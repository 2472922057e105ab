using Ensembles.Graphs;
using static TorchSharp.torch;

namespace Ensembles.Onnx;

/// <summary>
/// The network of an ONNX file as a classifier with gradients, to be attacked and to be a member of an ensemble like
/// any other: images, float32 [N, C, H, W] in [0, 1], to logits, float32 [N, K].
/// </summary>
/// <remarks>
/// <para>Its weights stand in state dicts under their names in the file, behind <c>network.</c>, and can be trained
/// further; in training mode its dropout draws and its batch normalisation uses the batch.</para>
/// <para>A softmax or sigmoid that the file has behind its logits is left out, since its gradient vanishes where the
/// network is sure, which would look like robustness: <see cref="Removed"/> says so. It ranks the classes as they were
/// ranked. What is computed in half precision in the file is computed in float32 here.</para>
/// </remarks>
[Defense(Category.Undefended)]
public class OnnxClassifier : Classifier, ILayered
{
    const double Tolerance = 1e-3;

    readonly GraphModule network;

    /// <summary>Loads a network, in evaluation mode. A subclass names its file, so that it can be a member by its
    /// type.</summary>
    /// <param name="path">An ONNX file.</param>
    /// <param name="options">What the file does not say.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is damaged or no ONNX, or its network is none that can be a classifier here; the message names the node
    /// or the operator and what to do.
    /// </exception>
    /// <exception cref="ArgumentException">Options that do not fit the network.</exception>
    public OnnxClassifier(string path, OnnxOptions? options = null) : base(nameof(OnnxClassifier))
    {
        using var scope = NewDisposeScope();
        var file = OnnxFile.Read(path);
        var read = OnnxNetwork.Of(file, options ?? new());
        (network, ClassCount, Removed) = (new(read.Graph), read.ClassCount, read.Removed);
        Metadata = file.Model.Metadata;
        register_module(nameof(network), network);
        eval();
        try
        {
            ThrowIfUnfit();
        }
        catch (InvalidDataException exception)
        {
            Dispose();
            throw OnnxFile.Wrong(path, exception);
        }
    }

    /// <summary>Loads a network, in evaluation mode.</summary>
    /// <param name="path">An ONNX file.</param>
    /// <param name="options">What the file does not say.</param>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is damaged or no ONNX, or its network is none that can be a classifier here; the message names the node
    /// or the operator and what to do.
    /// </exception>
    /// <exception cref="ArgumentException">Options that do not fit the network.</exception>
    public static OnnxClassifier Load(string path, OnnxOptions? options = null) => new(path, options);

    /// <summary>K, the number of classes.</summary>
    public int ClassCount { get; }

    /// <summary>The shape of an image, [C, H, W].</summary>
    public IReadOnlyList<long> ImageShape =>
        [.. network.Graph.Inputs[0].Type.Shape.Skip(1).Select(size => size.Factor)];

    /// <summary>
    /// The function that the file has behind the logits and that is left out, Softmax or Sigmoid; null for none.
    /// </summary>
    public string? Removed { get; }

    /// <summary>What the file says of itself, by name.</summary>
    public IReadOnlyDictionary<string, string> Metadata { get; }

    /// <summary>The network with what is before it and behind it, as a graph from images to logits.</summary>
    public Graph Graph => network.Graph;

    /// <inheritdoc/>
    public IReadOnlyList<nn.Module<Tensor, Tensor>> Layers => [network];

    /// <inheritdoc/>
    public override Tensor forward(Tensor images) => network.call(images);

    /// <summary>Does nothing: the network is registered already.</summary>
    protected override void RegisterComponents()
    {
    }

    /// <summary>
    /// Runs two sample images: logits are numbers, do not hang together within a batch, and are no probabilities.
    /// </summary>
    void ThrowIfUnfit()
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var images = Samples(2);
        var together = forward(images);
        if (!together.isfinite().all().item<bool>())
            throw new InvalidDataException("its logits are not finite on sample images");
        var apart = forward(images[0..1]);
        var scale = 1 + together.abs().max().item<float>();
        if (!((together[0..1] - apart).abs().max().item<float>() <= Tolerance * scale))
            throw new InvalidDataException(
                "what it says of an image depends on the other images of the batch");
        var (sums, least) = (together.sum(1), together.min().item<float>());
        if (least >= 0 && (sums - 1).abs().max().item<float>() < Tolerance)
            throw new InvalidDataException(
                "its output is probabilities, whose gradient vanishes where the network is sure, and they do not come "
                    + $"of a softmax at the end: name the logits before them with {nameof(OnnxOptions)}."
                    + $"{nameof(OnnxOptions.Output)}");
    }

    /// <summary>Images in [0, 1] that are the same each time, and leave torch's global generator alone.</summary>
    Tensor Samples(int count)
    {
        using var generator = new Generator(1);
        return rand([count, .. ImageShape], generator: generator);
    }
}
