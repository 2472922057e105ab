using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Detectors;

public class LogisticRegressionTests
{
    [Fact]
    public void The_weights_that_made_the_labels_are_found()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var inputs = randn(20_000, 2);
        var positive = rand(20_000).lt((inputs.matmul(tensor([1.5f, -0.5f])) + 0.3).sigmoid());
        var (weights, bias) = LogisticRegression.Fit(inputs, positive);
        TensorAssert.Near(tensor([1.5f, -0.5f]), weights, 0.06);
        TensorAssert.Near(tensor([0.3f]), bias, 0.06);
    }

    /// <summary>One constant input: the bias is the log odds of the classes.</summary>
    [Fact]
    public void Without_information_the_bias_is_the_log_odds()
    {
        using var scope = NewDisposeScope();
        var (weights, bias) = LogisticRegression.Fit(zeros(30, 1), arange(30).lt(10));
        TensorAssert.Near(tensor([0f]), weights);
        TensorAssert.Near(tensor([MathF.Log(0.5f)]), bias);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1e-3)]
    [InlineData(1e4)]
    public void Separable_classes_give_finite_weights_of_the_right_sign(double scale)
    {
        using var scope = NewDisposeScope();
        var inputs = linspace(-1, 1, 40).unsqueeze(1) * scale;
        var (weights, bias) = LogisticRegression.Fit(inputs, inputs.squeeze(1).gt(0));
        Assert.True(weights.isfinite().all().item<bool>() && bias.isfinite().all().item<bool>());
        Assert.True(weights.item<float>() > 0);
    }
}
