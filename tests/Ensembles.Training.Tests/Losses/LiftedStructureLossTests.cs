using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Losses;

public class LiftedStructureLossTests
{
    static readonly float[,] square = { { 0, 0 }, { 1, 0 }, { 0, 2 }, { 1, 2 } };

    /// <summary>Both pairs are 1 apart, and the classes 2: J = log(2 e^(1 - 2) + 2 e^(1 - sqrt 5)) + 1.</summary>
    [Fact]
    public void Two_pairs_beside_each_other()
    {
        using var scope = NewDisposeScope();
        var labels = tensor([0L, 0, 1, 1]);
        Assert.Equal(0.813081, LiftedStructureLoss.Value(tensor(square), labels, 1).item<float>(), 1e-5);
        var apart = tensor(square) + tensor([0f, 0, 50, 50]).unsqueeze(1);
        Assert.Equal(0, LiftedStructureLoss.Value(apart, labels, 1).item<float>());
    }

    [Fact]
    public void It_does_not_see_a_move_or_a_turn_of_everything_or_the_order_of_the_batch()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (features, labels) = (randn(9, 3), arange(9) % 3);
        var loss = LiftedStructureLoss.Value(features, labels, 1);
        var (turn, _) = linalg.qr(randn(3, 3));
        Assert.True(loss.item<float>() > 0.1f);
        TensorAssert.Near(loss, LiftedStructureLoss.Value(features + randn(1, 3), labels, 1), 1e-4);
        TensorAssert.Near(loss, LiftedStructureLoss.Value(features.matmul(turn), labels, 1), 1e-4);
        TensorAssert.Near(loss, LiftedStructureLoss.Value(features.flip(0), labels.flip(0), 1), 1e-4);
    }

    [Theory]
    [InlineData(0L, 1, 2, 3)] // no two of a class
    [InlineData(1L, 1, 1, 1)] // no two classes
    public void Without_a_pair_or_another_class_it_is_0_and_so_is_its_gradient(long a, long b, long c, long d)
    {
        using var scope = NewDisposeScope();
        var features = tensor(square).requires_grad_();
        var loss = LiftedStructureLoss.Value(features, tensor([a, b, c, d]), 1);
        loss.backward();
        Assert.Equal(0, loss.item<float>());
        Assert.Equal(0, features.grad!.abs().sum().item<float>());
    }

    /// <summary>Where all lie on one point: J = log(4 e), within what keeps the root from 0.</summary>
    [Fact]
    public void Distances_of_0_have_a_gradient_that_is_a_number()
    {
        using var scope = NewDisposeScope();
        var features = ones(4, 3).requires_grad_();
        var loss = LiftedStructureLoss.Value(features, tensor([0L, 0, 1, 1]), 1);
        loss.backward();
        Assert.Equal(Math.Pow(Math.Log(4) + 1, 2) / 2, loss.item<float>(), 1e-4);
        Assert.True(features.grad!.isfinite().all().item<bool>());
    }
}
