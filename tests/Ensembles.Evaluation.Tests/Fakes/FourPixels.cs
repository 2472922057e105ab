using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Fakes;

/// <summary>
/// Images of four pixels and two classes: pixel p lies at 1/2 + margin for class 1 and at 1/2 - margin for class 0.
/// </summary>
static class FourPixels
{
    /// <summary>Images whose margins are the same up to a little noise of the seed.</summary>
    public static LabeledImages Of(int count, double[] margins, double noise = 0.01, int seed = 1)
    {
        var random = new Random(seed);
        var (values, labels) = (new float[count * 4], new long[count]);
        for (var i = 0; i < count; i++)
        {
            labels[i] = i % 2;
            for (var p = 0; p < 4; p++)
                values[4 * i + p] = (float)(
                    0.5 + (2 * labels[i] - 1) * (margins[p] + noise * (2 * random.NextDouble() - 1)));
        }
        return new LabeledImages(tensor(values).view(count, 1, 2, 2), tensor(labels), classCount: 2);
    }
}
