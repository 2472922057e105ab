using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Losses;

/// <summary>Jacobians of z = W x, which are W.</summary>
public class JacobianTests
{
    static readonly float[,] weights = { { 1, -2, 0.5f }, { 0, 3, -1 }, { 2, 1, 1 }, { -1, 0, 4 } };

    /// <summary>||W||_F^2 of the above: 5.25 + 10 + 6 + 17.</summary>
    const double SquaredNorm = 38.25;

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    public void The_exact_norm_of_a_linear_map_and_its_gradient(int count)
    {
        using var scope = NewDisposeScope();
        var matrix = tensor(weights).requires_grad_();
        var loss = new JacobianNorm().Of(Context(matrix, count));
        loss.backward();
        Assert.Equal(Math.Sqrt(count * SquaredNorm), loss.item<float>(), 1e-4);
        TensorAssert.Near(
            tensor(weights) * (float)Math.Sqrt(count / SquaredNorm), matrix.grad!, 1e-5);
    }

    /// <summary>Twice the estimate is ||W||_F^2 on average over 20,000 directions, within four deviations.</summary>
    [Fact]
    public void The_projected_norm_estimates_the_squared_norm()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var matrix = tensor(weights).requires_grad_();
        var loss = new ProjectedJacobianNorm(projections: 2).Of(Context(matrix, 10_000));
        loss.backward();
        Assert.Equal(SquaredNorm, 2 * loss.item<float>(), 0.5);
        TensorAssert.Near(tensor(weights), matrix.grad!, 0.1);
    }

    [Fact]
    public void Images_without_a_gradient_are_refused()
    {
        using var scope = NewDisposeScope();
        var context = new LossContext(zeros(1, 1, 1, 3), zeros(1, 3), zeros(1, 4), zeros(1, dtype: ScalarType.Int64));
        Assert.Throws<InvalidOperationException>(() => new JacobianNorm().Of(context));
    }

    /// <summary>
    /// The same weights, trained with and without: the Jacobian becomes smaller, with a perturbation too, and on clean
    /// images.
    /// </summary>
    [Theory]
    [InlineData("exact")]
    [InlineData("projected")]
    [InlineData("perturbed")]
    [InlineData("clean")]
    public void Training_makes_the_jacobian_small(string kind)
    {
        using var images = Bars.Make(150, seed: 1);
        TrainingLoss added = kind switch
        {
            "projected" => 0.01 * new ProjectedJacobianNorm(),
            "clean" => 0.01 * new JacobianNorm().OnClean(),
            _ => 0.01 * new JacobianNorm(),
        };
        var perturbation = kind is "perturbed" or "clean" ? new FgsmPerturbation(0.05) : null;
        var (without, with) = (Trained(new CrossEntropy()), Trained(new CrossEntropy() + added));
        Assert.True(with < 0.7 * without, $"{kind}: {without} without, {with} with");

        double Trained(TrainingLoss loss)
        {
            using var scope = NewDisposeScope();
            manual_seed(1);
            using var classifier = new Any(Bars.Networks, loss) { Perturbation = perturbation };
            classifier.Train(images, new TrainingOptions { Epochs = 24, LearningRate = 3e-3 });
            Assert.True(Bars.Accuracy(classifier, images) > 0.9);
            var input = images.Images.detach().requires_grad_();
            var logits = classifier.call(input);
            return new JacobianNorm().Of(new LossContext(input, logits, logits, images.Labels)).item<float>();
        }
    }

    static LossContext Context(Tensor matrix, int count)
    {
        var images = rand(count, 1, 1, 3).requires_grad_();
        var logits = images.flatten(1).matmul(matrix.t());
        return new LossContext(images, logits, logits, zeros(count, dtype: ScalarType.Int64));
    }

    sealed class Any(INetworkFactory networks, TrainingLoss loss) : NetworkClassifier(networks)
    {
        public override TrainingLoss Loss { get; } = loss;
    }
}
