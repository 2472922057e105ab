using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Losses;

public class LogitPairingTests
{
    static Tensor First => tensor(new float[,] { { 1, 0, -1 }, { 2, 2, 0 } });

    static Tensor Second => tensor(new float[,] { { 0, 0, 1 }, { 2, -1, 0 } });

    /// <summary>(1 + 4 + 9) / 2.</summary>
    [Fact]
    public void Pairs_the_logits_of_an_image_with_those_of_its_perturbed_one()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(7, LogitPairing.Value(First, Second).item<float>());
        Assert.Equal(7, LogitPairing.Value(Second, First).item<float>());
        Assert.Equal(0, LogitPairing.Value(First, First).item<float>());
        Assert.Equal(7, LogitPairing.Value(First + 5, Second + 5).item<float>(), 1e-5);
        Assert.NotEqual(7, LogitPairing.Value(First + 5, Second).item<float>(), 1e-5);
    }

    /// <summary>Images 1 and 3, 2 and 4 of five; the last is left over.</summary>
    [Fact]
    public void Pairs_images_of_a_batch_whatever_their_classes()
    {
        using var scope = NewDisposeScope();
        var logits = cat([First, Second, 100 * First[..1]]);
        var context = new LossContext(logits, logits, logits, arange(5));
        Assert.Equal(7, new RandomLogitPairing().Of(context).item<float>());
        var one = logits[..1];
        Assert.Equal(0, new RandomLogitPairing().Of(new LossContext(one, one, one, arange(1))).item<float>());
    }
}
