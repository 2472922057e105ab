using Ensembles.Attacks;
using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Joint;

/// <summary>
/// Golden values of what joins members, what it does to them, and how far the whole falls to who attacks the whole.
/// </summary>
public class DiversityTests
{
    const double Epsilon = 0.2;

    /// <summary>
    /// log((3 + 1e-6) (1e-6)^2) for three that are alike, 0 at right angles, whatever the true class has.
    /// </summary>
    [Fact]
    public void The_determinant_is_that_of_the_wrong_classes()
    {
        using var scope = NewDisposeScope();
        var alike = tensor([0.7f, 0.1f, 0.2f, 0, 0.7f, 0.1f, 0.2f, 0, 0.7f, 0.1f, 0.2f, 0], 3, 1, 4);
        var labels = tensor([0L]);
        Assert.Equal(-26.5324, AdaptiveDiversity.LogDeterminant(alike, labels).item<float>(), 1e-3);
        var apart = tensor([0.7f, 0.3f, 0, 0, 0.2f, 0, 0.8f, 0, 0.9f, 0, 0, 0.1f], 3, 1, 4);
        Assert.Equal(0, AdaptiveDiversity.LogDeterminant(apart, labels).item<float>(), 1e-5);
        Assert.Throws<ArgumentException>(() => AdaptiveDiversity.LogDeterminant(apart[.., .., ..3], labels));
        Assert.Equal(Math.Log(4), AdaptiveDiversity.Entropy(full(1, 4, 0.25f)).item<float>(), 1e-6);
        Assert.Equal(0, AdaptiveDiversity.Entropy(tensor([1f, 0, 0, 0])).item<float>(), 1e-6);
    }

    [Fact]
    public void Alignment_is_log_3e_for_three_that_are_alike_and_log_3_at_right_angles()
    {
        using var scope = NewDisposeScope();
        var alike = ones(3, 2, 5);
        Assert.Equal(2.0986, GradientDiversity.Alignment(alike)[1].item<float>(), 1e-4);
        var apart = eye(3, 5).unsqueeze(1) * 7;
        Assert.Equal(1.0986, GradientDiversity.Alignment(apart).item<float>(), 1e-4);
    }

    /// <summary>
    /// Of two images the mean gets the first right (true class: 0.6, 0.5, 0.4), the second wrong (0.2, 0.5, 0.3, wrong
    /// at most 0.8, 0.5, 0.6). There the ranks are 0, 2 and 1, so the shares are 1/7, 4/7 and 2/7.
    /// </summary>
    [Fact]
    public void Images_that_the_mean_gets_wrong_are_dealt_by_rank_and_mistakes_there_count()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(
            [0.6f, 0.3f, 0.1f, 0.8f, 0.2f, 0, 0.5f, 0.4f, 0.1f, 0.5f, 0.5f, 0, 0.4f, 0.3f, 0.3f, 0.6f, 0.3f, 0.1f],
            3, 2, 3).log();
        var labels = tensor([0L, 1]);
        double Dealt(float draw) => InteractiveTraining.Dealt(logits, labels, tensor([0.5f, draw])).item<float>();

        Assert.Equal(-Math.Log(0.2) / 2, Dealt(0.14f), 1e-5);
        Assert.Equal(-Math.Log(0.5) / 2, Dealt(0.15f), 1e-5);
        Assert.Equal(-Math.Log(0.5) / 2, Dealt(0.71f), 1e-5);
        Assert.Equal(-Math.Log(0.3) / 2, Dealt(0.72f), 1e-5);
        Assert.Equal(
            -(Math.Log(0.2) + Math.Log(0.5) + Math.Log(0.4)) / 2,
            InteractiveTraining.Mistakes(logits, labels).item<float>(), 1e-5);
        // A sure mistake is taken for 0.99, where no gradient is infinite.
        var sure = tensor([0f, 50]).view(1, 1, 2).requires_grad_();
        var mistake = InteractiveTraining.Mistakes(sure, tensor([0L]));
        Assert.Equal(-Math.Log(0.01), mistake.item<float>(), 1e-4);
        Assert.Equal(0, autograd.grad([mistake], [sure])[0].abs().max().item<float>());
        Assert.Equal(Math.Log(2), InteractiveTraining.Mistakes(zeros(1, 1, 2), tensor([1L])).item<float>(), 1e-6);
    }

    /// <summary>
    /// Images made against one member break the other less often than where both were trained alone, and those made
    /// against both break nearly all the same.
    /// </summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Diversified_vulnerabilities_transfer_less_and_fall_together(int seed)
    {
        using var images = Bars.Make(120, seed: 1);
        using var alone = Trained(null, seed, images);
        using var joined = Trained(new DiversifiedVulnerability(epsilon: 0.15, steps: 5), seed, images);
        var (before, after) = (Transfer(alone, images), Transfer(joined, images));
        Assert.True(after < before - 0.15, $"transfer {before} alone, {after} together");
        Assert.True(Bars.Accuracy(joined, images) > 0.9);
        var left = UnderAttack.Robust(joined, images, Epsilon, AgainstWhole);
        Assert.True(left < 0.5 * (1 - after) + 0.2, $"{left} left by the attack on the whole, transfer {after}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Diverse_answers_fall_to_the_attack_on_the_whole(int seed)
    {
        using var images = Bars.Make(120, seed: 1);
        using var alone = Trained(null, seed, images);
        // The weights of the source are for ten classes.
        using var joined = Trained(new AdaptiveDiversity(spread: 0.5, angles: 0.2), seed, images);
        Assert.True(Angle(joined, images) > Angle(alone, images) + 1, "the answers are no further apart");
        Assert.True(Bars.Accuracy(joined, images) > 0.9, $"{Bars.Accuracy(joined, images)}");
        var left = UnderAttack.Robust(joined, images, Epsilon, AgainstWhole);
        Assert.True(left < 0.25, $"{left} left by the attack on the whole");
    }

    [Theory]
    [InlineData(nameof(GradientDiversity))]
    [InlineData(nameof(ReducedTransfer))]
    public void Gradients_of_members_turn_away_from_each_other(string method)
    {
        using var images = Bars.Make(120, seed: 1);
        using var alone = Trained(null, 1, images);
        JointTraining joint = method == nameof(GradientDiversity)
            ? new GradientDiversity()
            : new ReducedTransfer(epsilon: 0.1);
        using var joined = Trained(joint, 1, images);
        var isSigned = method == nameof(GradientDiversity);
        var (before, after) = (Cosine(alone, images, isSigned), Cosine(joined, images, isSigned));
        Assert.True(after < before - 0.1, $"cosine {before} alone, {after} together");
        var left = UnderAttack.Robust(joined, images, Epsilon, AgainstWhole);
        Assert.True(left < 0.35, $"{left} left by the attack on the whole");
    }

    /// <summary>Half of what it sees is perturbed against the whole, which holds.</summary>
    [Fact]
    public void Trained_interactively_they_hold()
    {
        using var images = Bars.Make(120, seed: 1);
        using var alone = Trained(null, 1, images);
        using var joined = Trained(new InteractiveTraining(Epsilon, steps: 5), 1, images);
        var before = UnderAttack.Robust(alone, images, Epsilon, AgainstWhole);
        var left = UnderAttack.Robust(joined, images, Epsilon, AgainstWhole);
        Assert.True(Bars.Accuracy(joined, images) > 0.9, $"{Bars.Accuracy(joined, images)}");
        Assert.True(left > before + 0.15, $"{before} alone, {left} together");
    }

    /// <summary>With a perturbation against the whole, it holds.</summary>
    [Fact]
    public void Perturbed_against_the_whole_they_hold()
    {
        using var images = Bars.Make(120, seed: 1);
        using var joined = Trained(
            new AdaptiveDiversity(spread: 0.1, angles: 0.01)
            {
                Perturbation = new PgdPerturbation(Epsilon, steps: 5) { WarmUp = 0.5 },
            },
            1, images);
        var left = UnderAttack.Robust(joined, images, Epsilon, AgainstWhole);
        Assert.True(left > 0.5, $"{left} left by the attack on the whole");
    }

    static Pgd AgainstWhole => new() { Steps = 30, Loss = AttackLoss.Margin };

    static Pair Trained(JointTraining? joint, int seed, LabeledImages images)
    {
        random.manual_seed(seed);
        var (a, b) = (new UndefendedClassifier(Bars.Networks), new UndefendedClassifier(Bars.Networks));
        var options = new TrainingOptions { Seed = seed, Epochs = 16, LearningRate = 3e-3 };
        if (joint is null)
        {
            a.Train(images, options);
            b.Train(images, options);
        }
        else
        {
            joint.Train(images, options, ("A", a), ("B", b));
        }

        var pair = new Pair(a, b);
        pair.eval();
        return pair;
    }

    /// <summary>The share of images made against either member that the other gets wrong.</summary>
    static double Transfer(Pair pair, LabeledImages images)
    {
        return (Wrong(pair.A, pair.B) + Wrong(pair.B, pair.A)) / 2;

        double Wrong(Classifier source, Classifier target)
        {
            var perturbed = new PgdPerturbation(Epsilon, steps: 20).Of(source, images.Images, images.Labels);
            using var shown = new LabeledImages(perturbed, images.Labels.alias(), Bars.Classes);
            return 1 - Bars.Accuracy(target, shown);
        }
    }

    static double Angle(Pair pair, LabeledImages images)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var both = nn.functional.softmax(stack([pair.A.call(images.Images), pair.B.call(images.Images)]), -1);
        return AdaptiveDiversity.LogDeterminant(both, images.Labels).mean().item<float>();
    }

    static double Cosine(Pair pair, LabeledImages images, bool isSigned)
    {
        using var scope = NewDisposeScope();
        var cosine = nn.functional.cosine_similarity(Gradient(pair.A), Gradient(pair.B), 1, 1e-12);
        return (isSigned ? cosine : cosine.abs()).mean().item<float>();

        Tensor Gradient(Classifier member)
        {
            var at = images.Images.detach().requires_grad_();
            var loss = nn.functional.cross_entropy(member.call(at), images.Labels, reduction: nn.Reduction.Sum);
            return autograd.grad([loss], [at])[0].flatten(1);
        }
    }

    /// <summary>Two members that decide by the mean of their probabilities.</summary>
    sealed class Pair : Classifier
    {
        public Pair(Classifier a, Classifier b) : base(nameof(Pair))
        {
            (A, B) = (a, b);
            register_module(nameof(A), a);
            register_module(nameof(B), b);
        }

        public Classifier A { get; }

        public Classifier B { get; }

        public override Tensor forward(Tensor images)
        {
            using var scope = NewDisposeScope();
            var both = stack([A.call(images), B.call(images)]);
            return nn.functional.log_softmax(both, -1).logsumexp(0).MoveToOuterDisposeScope();
        }

        protected override void RegisterComponents()
        {
        }
    }
}
