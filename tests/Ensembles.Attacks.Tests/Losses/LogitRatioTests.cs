using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// The difference of logits ratio, against values worked out by hand and against the reference implementation's.
/// </summary>
public class LogitRatioTests
{
    [Fact]
    public void The_ratio_is_the_margin_over_the_way_from_the_first_to_the_third()
    {
        // -(3 - 1) / (3 - 0); and with the second class as the true one, -(1 - 3) / (3 - 0).
        Assert.Equal(-2 / 3f, Value(AttackLoss.Dlr, [3, 1, 0, -2], label: 0), 6);
        Assert.Equal(2 / 3f, Value(AttackLoss.Dlr, [3, 1, 0, -2], label: 1), 6);
    }

    [Fact]
    public void Targeted_it_is_the_lead_of_the_target_over_the_way_to_the_mean_of_third_and_fourth()
    {
        // -(3 - 1) / (3 - (0 - 2) / 2) for the likeliest wrong class, and -(3 + 2) / 4 for the least likely.
        Assert.Equal(-0.5f, Value(new TargetedDlrLoss(0), [3, 1, 0, -2], label: 0), 6);
        Assert.Equal(-1.25f, Value(new TargetedDlrLoss(2), [3, 1, 0, -2], label: 0), 6);
    }

    [Theory]
    [InlineData(2f, 0f)]
    [InlineData(1e-3f, 5f)]
    [InlineData(1e4f, -7f)]
    public void Scaling_and_shifting_the_logits_change_nothing(float scale, float shift)
    {
        float[] logits = [0.5f, 2, -1, 0.25f];
        float[] moved = [.. logits.Select(z => scale * z + shift)];
        Assert.Equal(Value(AttackLoss.Dlr, logits, label: 1), Value(AttackLoss.Dlr, moved, label: 1), 3);
        Assert.Equal(
            Value(new TargetedDlrLoss(1), logits, label: 1), Value(new TargetedDlrLoss(1), moved, label: 1), 3);
    }

    [Fact]
    public void With_few_classes_the_ratio_is_what_is_left_of_it()
    {
        Assert.Equal(-2, Value(AttackLoss.Dlr, [3, 1], label: 0), 6);
        Assert.Equal(-2, Value(new TargetedDlrLoss(0), [3, 1], label: 0), 6);
        Assert.Equal(-2 / 3f, Value(AttackLoss.Dlr, [3, 1, 0], label: 0), 6);
        Assert.Equal(-1, Value(new TargetedDlrLoss(1), [3, 1, 0], label: 0), 6);
    }

    [ParityFact]
    public void The_ratio_is_the_references_on_the_parity_network()
    {
        using var scope = NewDisposeScope();
        var (images, labels) = Parity.Images();
        using var _ = no_grad();
        var logits = Parity.Network().call(images);
        var ratios = Samples.Floats(Of(AttackLoss.Dlr, logits, labels));
        Assert.All(
            ratios.Zip(Parity.Numbers("goldens/std.dlr.bin")), pair => Assert.Equal(pair.Second, pair.First, 1e-4f));
    }

    static float Value(VoteLoss loss, float[] logits, long label)
    {
        using var scope = NewDisposeScope();
        return Of(loss, tensor(logits).unsqueeze(0), tensor(new[] { label })).item<float>();
    }

    static Tensor Of(VoteLoss loss, Tensor logits, Tensor labels) =>
        loss.Value(
            Evaluations.Of(AttackSurface.FromClassifier(new FunctionClassifier(_ => logits.alias())), logits, labels));
}
