using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Fixtures;

/// <summary>
/// A problem small enough to train on in a test: 12x12 images with a horizontal bar, a vertical bar or a block, at a
/// random place and brightness, under noise.
/// </summary>
static class Bars
{
    public const int Size = 12;
    public const int Classes = 3;

    public static SmallCnnFactory Networks => new(1, Size, Classes);

    public static LabeledImages Make(int count, int seed)
    {
        using var scope = NewDisposeScope();
        var random = new Random(seed);
        var images = new float[count * Size * Size];
        var labels = new long[count];
        for (var i = 0; i < count; i++)
        {
            var label = labels[i] = i % Classes;
            var (height, width) = label switch { 0 => (2, 8), 1 => (8, 2), _ => (4, 4) };
            var (top, left) = (random.Next(Size - height + 1), random.Next(Size - width + 1));
            var brightness = 0.7f + (0.3f * random.NextSingle());
            for (var y = 0; y < Size; y++)
            {
                for (var x = 0; x < Size; x++)
                {
                    var inside = y >= top && y < top + height && x >= left && x < left + width;
                    var pixel = (((i * Size) + y) * Size) + x;
                    images[pixel] = (inside ? brightness : 0) * (1 - (0.05f * random.NextSingle()));
                }
            }
        }

        return new LabeledImages(tensor(images).view(count, 1, Size, Size).clone(), tensor(labels), Classes);
    }

    public static double Accuracy(nn.Module<Tensor, Tensor> classifier, LabeledImages images)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var right = classifier.call(images.Images).argmax(1).eq(images.Labels);
        return right.to_type(ScalarType.Float64).mean().item<double>();
    }
}
