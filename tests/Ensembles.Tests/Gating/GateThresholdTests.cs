using CsCheck;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Tests.Gating;

public sealed class GateThresholdTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    /// <summary>Few distinct scores, so that ties are frequent.</summary>
    static readonly Gen<float[]> TiedScores = Gen.Int[-8, 8].Select(q => q / 4f).Array[1, 60];

    [Fact]
    public void The_rate_is_kept_on_the_calibration_images_and_the_next_smaller_score_would_break_it() =>
        Gen.Select(TiedScores, Gen.Double[0.001, 0.999]).Sample((scores, rate) =>
        {
            using var scope = NewDisposeScope();
            var threshold = GateThreshold.Calibrate(tensor(scores), rate);
            Assert.True(RejectedShare(scores, threshold) <= rate + 1e-12);

            var smaller = scores.Where(s => s < threshold).ToArray();
            if (smaller.Length > 0)
                Assert.True(RejectedShare(scores, smaller.Max()) > rate - 1e-9);
        }, iter: 300, threads: 1);

    [Theory]
    // Sorted ascending, the score at index ceil(n (1 - rate)) - 1.
    [InlineData(100, 0.05, 94)]
    [InlineData(20, 0.05, 18)]
    [InlineData(19, 0.05, 18)]
    [InlineData(10, 0.5, 4)]
    [InlineData(10, 0.3, 6)]
    [InlineData(3, 0.9, 0)]
    [InlineData(1, 0.01, 0)]
    [InlineData(1, 0.99, 0)]
    public void The_threshold_is_an_order_statistic(int count, double rate, int index)
    {
        var shuffled = randperm(count).to_type(ScalarType.Float32);
        Assert.Equal(index, GateThreshold.Calibrate(shuffled, rate));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    public void A_rate_outside_zero_and_one_is_refused(double rate) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            "falsePositiveRate", () => GateThreshold.Calibrate(tensor([1f]), rate));

    [Fact]
    public void No_scores_and_scores_that_are_not_numbers_are_refused()
    {
        Assert.Throws<ArgumentException>("cleanScores", () => GateThreshold.Calibrate(zeros(0), 0.05));
        Assert.Throws<ArgumentException>("cleanScores", () => GateThreshold.Calibrate(tensor([0f, float.NaN]), 0.05));
    }

    [Fact]
    public void A_score_at_the_threshold_passes_one_above_or_not_a_number_rejects()
    {
        var labels = GateThreshold.Apply(
            tensor([3L, 3, 3, 3, 3, Decision.Reject]),
            tensor([0.5f, 0.50001f, float.NaN, float.PositiveInfinity, float.NegativeInfinity, 0]),
            tensor([0.5f]));
        Assert.Equal(
            [3, Decision.Reject, Decision.Reject, Decision.Reject, 3, Decision.Reject], labels.data<long>().ToArray());
    }

    [Fact]
    public void Calibrated_on_its_own_scores_a_gate_rejects_at_most_its_rate() =>
        Gen.Select(TiedScores, Gen.Double[0.01, 0.99]).Sample((scores, rate) =>
        {
            using var scope = NewDisposeScope();
            var threshold = tensor([GateThreshold.Calibrate(tensor(scores), rate)]);
            var labels = GateThreshold.Apply(zeros(scores.Length, dtype: ScalarType.Int64), tensor(scores), threshold);
            Assert.True(labels.eq(Decision.Reject).sum().item<long>() <= rate * scores.Length + 1e-9);
        }, iter: 100, threads: 1);

    [Fact]
    public void Without_calibration_nothing_passes_and_asking_says_what_to_do()
    {
        var threshold = GateThreshold.Uncalibrated();
        Assert.Equal(
            [Decision.Reject], GateThreshold.Apply(tensor([1L]), tensor([0f]), threshold).data<long>().ToArray());
        var error = Assert.Throws<InvalidOperationException>(
            () => GateThreshold.ThrowIfUncalibrated(threshold, "Uncertainty"));
        Assert.Contains("Uncertainty", error.Message);
        Assert.Contains("CalibrateGates", error.Message);
        GateThreshold.ThrowIfUncalibrated(tensor([0f]), "Uncertainty");
    }

    [Fact]
    public void A_gate_is_calibrated_in_place_in_evaluation_mode_batch_by_batch()
    {
        var gate = new MeanPixel();
        gate.train();
        gate.Inner.eval();
        var images = rand(300, 1, 2, 2);
        var threshold = GateThreshold.Uncalibrated();
        GateThreshold.Calibrate(threshold, gate, images, 0.1);

        Assert.Equal(GateThreshold.Calibrate(images.mean([1, 2, 3]), 0.1), threshold.item<float>());
        Assert.True(gate.Modes.All(training => !training));
        Assert.True(gate.training);
        Assert.False(gate.Inner.training);
    }

    [Fact]
    public void Modes_are_restored_when_a_gate_fails()
    {
        var gate = new MeanPixel { Fails = true };
        gate.train();
        Assert.Throws<NotSupportedException>(
            () => GateThreshold.Calibrate(GateThreshold.Uncalibrated(), gate, rand(10, 1, 2, 2), 0.1));
        Assert.True(gate.training);
    }

    [Fact]
    public void Calibrating_leaves_no_tensors_and_no_gradients_behind()
    {
        var gate = new MeanPixel();
        var images = rand(300, 1, 2, 2, requires_grad: true);
        var threshold = GateThreshold.Uncalibrated();
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        GateThreshold.Calibrate(threshold, gate, images, 0.1);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.False(threshold.requires_grad);
    }

    /// <summary>At 5 % one of twenty images may be rejected, and none of nineteen.</summary>
    [Fact]
    public void A_rate_that_the_images_are_too_few_for_is_refused()
    {
        var gate = new MeanPixel();
        var threshold = GateThreshold.Uncalibrated();
        GateThreshold.Calibrate(threshold, gate, rand(20, 1, 2, 2), 0.05);
        var message = Assert.Throws<ArgumentException>(
            "validationImages", () => GateThreshold.Calibrate(threshold, gate, rand(19, 1, 2, 2), 0.05)).Message;
        Assert.Contains("at least 20 clean", message);
        Assert.Contains("there are 19", message);
    }

    [Fact]
    public void Images_that_a_gate_was_fitted_to_are_refused()
    {
        var images = rand(100, 1, 2, 2);
        var gate = new MeanPixel();
        using var labeled = new LabeledImages(images, zeros(100, dtype: ScalarType.Int64), classCount: 2);
        gate.FittedTo.Remember(labeled, default);
        GateThreshold.Calibrate(GateThreshold.Uncalibrated(), gate, rand(100, 1, 2, 2), 0.1);
        Assert.Contains("100 of 100 validation images", Assert.Throws<ArgumentException>(
            () => GateThreshold.Calibrate(GateThreshold.Uncalibrated(), gate, images, 0.1)).Message);
    }

    static double RejectedShare(float[] scores, float threshold) =>
        scores.Count(s => s > threshold) / (double)scores.Length;

    sealed class MeanPixel : Detector, IFittedToImages
    {
        readonly Module<Tensor, Tensor> inner = Identity();
        readonly FittedImages fitted = new();

        public MeanPixel() => RegisterComponents();

        public Module<Tensor, Tensor> Inner => inner;

        public FittedImages FittedTo => fitted;

        public bool Fails { get; init; }

        public List<bool> Modes { get; } = [];

        public override Tensor forward(Tensor images)
        {
            if (Fails)
                throw new NotSupportedException();
            Modes.Add(training);
            return images.mean([1, 2, 3]);
        }
    }
}
