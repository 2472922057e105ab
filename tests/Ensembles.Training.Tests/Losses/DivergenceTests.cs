using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Losses;

/// <summary>Losses that compare the predictions for perturbed images with those for clean ones.</summary>
public class DivergenceTests
{
    /// <summary>Two images of three classes, labels 0 and 1: p and q below are their softmaxes.</summary>
    static Tensor Clean => tensor(new float[,] { { 1, 0, -1 }, { 0.5f, 2, -1 } });

    static Tensor Perturbed => tensor(new float[,] { { 0, 1, 0 }, { 1, 0.5f, 0 } });

    static Tensor Labels => tensor(new long[] { 0, 1 });

    /// <summary>sum_k p_k log(p_k / q_k) in double; the gradient in the perturbed logits is (q - p) / 2.</summary>
    [Fact]
    public void Divergence_and_its_gradient()
    {
        using var scope = NewDisposeScope();
        var perturbed = Perturbed.requires_grad_();
        var loss = new CleanDivergence().Of(Context(Clean, perturbed));
        loss.backward();
        Assert.Equal(0.48245840878, loss.item<float>(), 1e-6);
        var expected = tensor(new float[,]
        {
            { -0.45329940f, 0.33138841f, 0.12191098f }, { 0.33119000f, -0.47840115f, 0.14721115f },
        });
        TensorAssert.Near(expected / 2, perturbed.grad!, 1e-6);
    }

    [Fact]
    public void Divergence_is_nothing_without_a_perturbation_and_does_not_see_a_constant_added_to_logits()
    {
        using var scope = NewDisposeScope();
        var moved = CleanDivergence.Each(Clean + 7, Perturbed - 3);
        TensorAssert.Near(CleanDivergence.Each(Clean, Perturbed), moved, 1e-5);
        Assert.Equal(0, new CleanDivergence().Of(new LossContext(Clean, Clean, Clean, Labels)).item<float>());
    }

    /// <summary>-log q_y - log(1.0001 - the larger of the other two), averaged.</summary>
    [Fact]
    public void Boosted_cross_entropy()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(2.14788305624, BoostedCrossEntropy.Value(Perturbed, Labels).item<float>(), 1e-5);
        var certain = tensor(new float[,] { { 100, 0, 0 } });
        Assert.Equal(9.21034, BoostedCrossEntropy.Value(certain, ones(1, dtype: ScalarType.Int64)).item<float>() - 100,
            1e-2);
    }

    /// <summary>The divergences of the two images, times 1.0000001 - p_y.</summary>
    [Fact]
    public void A_divergence_counts_the_less_the_more_certain_the_clean_image_is()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(
            0.13198424921, MisclassifiedDivergence.Value(Clean, Perturbed, Labels).item<float>(), 1e-6);
        var certain = tensor(new float[,] { { 40, 0, 0 }, { 0, 40, 0 } });
        Assert.Equal(0, MisclassifiedDivergence.Value(certain, Perturbed, Labels).item<float>(), 1e-5);
    }

    static LossContext Context(Tensor clean, Tensor perturbed) =>
        new LossContext(perturbed, perturbed, perturbed, Labels)
            .WithClean(() => new LossContext(clean, clean, clean, Labels));
}
