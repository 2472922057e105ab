using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// The loss that bypasses detectors (Carlini and Wagner 2017 [5]; He et al. [15]) is 0 where the decision is wrong and
/// accepted, and nowhere else.
/// </summary>
public class HingeLossTests
{
    const int Count = 400;

    static readonly LinearNetwork network = Samples.Linear();
    static readonly Tensor images = Samples.Images(Count).DetachFromDisposeScope();
    static readonly Tensor labels = zeros(Count, dtype: ScalarType.Int64).DetachFromDisposeScope();

    /// <summary>Signals of the detectors in [5], each calibrated to reject half of the images.</summary>
    public static TheoryData<string> Detectors =>
        ["a second network", "principal components", "density", "blur", "none"];

    static Tensor Signal(string detector, Tensor x) => detector switch
    {
        "a second network" => Samples.Linear(classes: 2, seed: 5).call(x).select(1, 1).sigmoid(),
        "principal components" => (x.flatten(1).matmul(Samples.Images(3, seed: 7).flatten(1).t()) - 4).square().sum(1),
        "density" =>
            -(-(x.flatten(1).unsqueeze(1) - Samples.Images(20, seed: 9).flatten(1)).square().sum(2)).logsumexp(1),
        _ => (network.call(x).softmax(1) - network.call(nn.functional.avg_pool2d(x, 3, 1, 1)).softmax(1)).abs().sum(1),
    };

    [Theory]
    [MemberData(nameof(Detectors))]
    public void It_vanishes_exactly_where_the_vote_is_wrong_and_the_detector_silent(string detector)
    {
        using var scope = NewDisposeScope();
        var gates = detector == "none" ? null : new[] { ((Detector)new FunctionDetector(
            x => Signal(detector, x)), Signal(detector, images).median().item<float>()) };
        var (zero, wrong) = Judge(new HandmadeSurface<MeanLogit>([network], gates));
        Assert.Equal(wrong, zero);
        Assert.InRange(wrong.Count(w => w), Count / 10, Count * 9 / 10);
    }

    /// <summary>
    /// Votes are counted, and the smooth scores that an attack follows may be wrong where the count is not: 0 means
    /// wrong all the same.
    /// </summary>
    [Fact]
    public void It_does_not_vanish_where_only_the_smooth_scores_of_a_count_are_wrong()
    {
        using var scope = NewDisposeScope();
        var (zero, wrong) = Judge(
            new HandmadeSurface<MajorityVote>([network, Samples.Linear(seed: 1), Samples.Linear(seed: 2)]));
        Assert.All(zero.Zip(wrong), pair => Assert.True(!pair.First || pair.Second));
        Assert.Contains(true, zero);
    }

    [Fact]
    public void With_a_soft_maximum_it_falls_where_cross_entropy_rises_and_does_not_saturate()
    {
        using var scope = NewDisposeScope();
        var right = Samples.LabelsOf(network, images);
        Tensor GradientOf(double scale, Func<DefenseEvaluation, Tensor> loss)
        {
            var leaf = images.clone().requires_grad_(true);
            var surface = AttackSurface.FromClassifier(new ScaledNetwork(network, scale));
            loss(Evaluations.Of(surface, leaf, right)).sum().backward();
            return leaf.grad!.flatten(1);
        }
        static Tensor CrossEntropy(DefenseEvaluation here) =>
            nn.functional.cross_entropy(here.Output.Scores, here.Labels, reduction: nn.Reduction.Sum);

        var cosine = nn.functional.cosine_similarity(
            GradientOf(1, HingeLoss.Soft), GradientOf(1, CrossEntropy), dim: 1);
        Assert.All(Samples.Floats(cosine), c => Assert.Equal(-1, c, 1e-4));
        Assert.Contains(false, GradientOf(1e6, CrossEntropy).ne(0).any(1).data<bool>().ToArray());
        Assert.DoesNotContain(false, GradientOf(1e6, HingeLoss.Soft).ne(0).any(1).data<bool>().ToArray());
    }

    static (bool[] Zero, bool[] Wrong) Judge(AttackSurface surface)
    {
        var here = Evaluations.Of(surface, images, labels);
        var decided = here.Output.Labels;
        var wrong = decided.ne(labels).logical_and(decided.ne(Decision.Reject));
        return (HingeLoss.Hard(here).eq(0).data<bool>().ToArray(), wrong.data<bool>().ToArray());
    }
}
