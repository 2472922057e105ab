using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>Random linear networks, images and labels from a seed.</summary>
static class Samples
{
    public static Tensor Images(int count, int side = 4, int seed = 0)
    {
        using var generator = new Generator((ulong)seed);
        return rand([count, 1, side, side], generator: generator);
    }

    public static LinearNetwork Linear(int classes = 4, int side = 4, int seed = 0)
    {
        var random = new Random(seed);
        var weights = new float[classes, side * side];
        for (var k = 0; k < classes; k++)
            for (var d = 0; d < side * side; d++)
                weights[k, d] = random.NextSingle() - 0.5f;
        return new LinearNetwork(weights);
    }

    /// <summary>The labels a classifier gives.</summary>
    public static Tensor LabelsOf(nn.Module<Tensor, Tensor> classifier, Tensor images)
    {
        using var _ = no_grad();
        using var logits = classifier.call(images);
        return logits.argmax(1);
    }

    public static float[] Floats(Tensor values) => values.detach().cpu().contiguous().data<float>().ToArray();
}
