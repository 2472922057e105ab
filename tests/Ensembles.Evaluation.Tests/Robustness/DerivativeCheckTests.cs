using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using static TorchSharp.torch;
using static TorchSharp.torch.nn.functional;

namespace Ensembles.Evaluation.Tests.Robustness;

public class DerivativeCheckTests
{
    static CheckOutcome Check(
        AttackSurface surface, Norm norm = Norm.Linf, double epsilon = 0.1, int batchSize = 400)
    {
        using var images = FiveClasses.Images(40);
        return DerivativeCheck.Run(
            surface, images, new ThreatModel(norm, epsilon), new EvaluationOptions { BatchSize = batchSize });
    }

    static CheckOutcome Check(Func<Tensor, Tensor> answer, Norm norm = Norm.Linf, double epsilon = 0.1) =>
        Check(AttackSurface.FromClassifier(Ready(new FiveClasses((_, images) => answer(images)))), norm, epsilon);

    static Classifier Ready(Classifier classifier)
    {
        classifier.eval();
        return classifier;
    }

    static Tensor Z(Tensor images) => FiveClasses.Logits(images);

    static Tensor Mask(Tensor z, double fill) => z.masked_fill(FiveClasses.Wins(z).logical_not(), fill);

    static Tensor Winner(Tensor z) => one_hot(z.argmax(1), 5);

    /// <summary>The values of one tensor and the gradient of another.</summary>
    static Tensor Lent(Tensor values, Tensor gradient) => values.detach() + gradient - gradient.detach();

    static readonly Tensor half = tensor([1f, 0, 0, 1], [1, 1, 2, 2]).DetachFromDisposeScope();

    public static readonly TheoryData<string, Func<Tensor, Tensor>> Derivatives = new()
    {
        { "logits", Z },
        { "scaled", x => 1e30f * Z(x) },
        { "half", x => Z(x).to_type(ScalarType.Float16) },
        { "bfloat16", x => Z(x).to_type(ScalarType.BFloat16) },
        { "log-softmax", x => log_softmax(Z(x), 1) },
        { "log-softmax of sure logits", x => log_softmax(30 * Z(x), 1) },
        { "saturated", x => 20 * (5 * Z(x)).tanh() },
        { "temperature by image", x => Z(x) / (0.1 + x.mean([1, 2, 3]).unsqueeze(1)) },
        { "less the highest", x => Z(x) - Z(x).amax([1L], keepdim: true) },
        { "the highest three", x => Z(x).masked_fill(
            Z(x).lt(Z(x).topk(3, 1).values.narrow(1, 2, 1)), double.NegativeInfinity) },
        { "two, of which one is 0", x => stack([zeros(x.size(0)), Z(x).select(1, 0)], 1) },
    };

    [Theory]
    [MemberData(nameof(Derivatives))]
    public void A_derivative_passes(string name, Func<Tensor, Tensor> answer)
    {
        var check = Check(answer);
        Assert.True(check.Passed, $"{name}: {check.Finding}");
    }

    [Theory]
    [InlineData(Norm.Linf, 1e-6)]
    [InlineData(Norm.Linf, 1)]
    [InlineData(Norm.L2, 0.2)]
    [InlineData(Norm.L1, 0.2)]
    [InlineData(Norm.L0, 2)]
    public void It_passes_under_every_norm_and_radius(Norm norm, double epsilon)
    {
        var check = Check(Z, norm, epsilon);
        Assert.True(check.Passed, check.Finding);
    }

    /// <summary>Networks trained on perturbed images bend within a small share of the radius.</summary>
    [Fact]
    public void A_network_that_bends_passes_at_a_large_radius()
    {
        var check = Check(x => Z(x + 0.02 * (105 * x).sin()), epsilon: 0.3);
        Assert.True(check.Passed, check.Finding);
    }

    public static readonly TheoryData<string, string, Func<Tensor, Tensor>> Wrong = new()
    {
        { "winner detached", "0.00 (member FiveClasses, the winner's logit)",
            x => where(FiveClasses.Wins(Z(x)), Z(x).detach(), Z(x)) },
        { "losers detached", "0.00 (member FiveClasses, the runner-up's logit)",
            x => where(FiveClasses.Wins(Z(x)), Z(x), Z(x).detach()) },
        { "energy of the winner", "0.00 (member FiveClasses, the runner-up's logit)",
            x => Z(x).detach() + Z(x).logsumexp(1, true) * Winner(Z(x)) },
        { "winner scaled in the gradient alone", "(member FiveClasses, the lead)",
            x => where(FiveClasses.Wins(Z(x)), Lent(Z(x), 0.01 * Z(x)), Z(x)) },
        { "half of the pixels detached", "(member FiveClasses, the lead)", x => Z(x * half + x.detach() * (1 - half)) },
        { "gradient of a blur", "(member FiveClasses, the lead)",
            x => Lent(Z(x), Z(x.mean([2, 3], keepdim: true).expand_as(x))) },
        { "gradient of rounding", "(member FiveClasses, the lead)", x => Z(Lent((x * 7).round() / 7, x)) },
        { "ripple", "(member FiveClasses, the lead)", x => Z(x) + 2e-3 * (1e4 * x).sin().sum([1, 2, 3]).unsqueeze(1)
            * (arange(5).remainder(2) * 2 - 1) },
        { "noise in the gradient alone", "(member FiveClasses, the lead)",
            x => Lent(Z(x), Z(x) + 5 * (x * randn_like(x)).sum([1, 2, 3]).unsqueeze(1) * randn(5)) },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_gradient_that_is_none_of_the_values_is_told(string name, string finding, Func<Tensor, Tensor> answer)
    {
        var check = Check(answer, epsilon: 0.04);
        Assert.False(check.Passed, $"{name}: {check.Finding}");
        Assert.Contains(finding, check.Finding);
        Assert.DoesNotContain("moves but the winner's", check.Finding);
    }

    public static readonly TheoryData<string, Func<Tensor, Tensor>> OneSided = new()
    {
        { "-inf", x => Mask(Z(x), double.NegativeInfinity) },
        { "-1e30", x => Mask(Z(x), -1e30) },
        { "-1e4", x => Mask(Z(x), -1e4) },
        { "0", x => Mask(Z(x), 0) },
        { "energy", x => Winner(Z(x)) * Z(x).logsumexp(1, true) },
        { "confidence", x => Winner(Z(x)) * softmax(Z(x), 1) },
        { "of two", x => Z(x).narrow(1, 0, 2).masked_fill(
            FiveClasses.Wins(Z(x).narrow(1, 0, 2)).logical_not(), -1e4) },
    };

    [Theory]
    [MemberData(nameof(OneSided))]
    public void Logits_of_which_the_winners_alone_moves_are_one_sided(string name, Func<Tensor, Tensor> answer)
    {
        var check = Check(answer);
        Assert.False(check.Passed, $"{name}: {check.Finding}");
        Assert.Matches("^On [0-9]+ of 40 images no logit of FiveClasses moves but the winner's, ", check.Finding);
        Assert.Contains("return the logits before the filter, or declare INonDifferentiable", check.Finding);
    }

    /// <summary>What it is worth other checks say.</summary>
    [Fact]
    public void A_declared_surrogate_is_none_that_must_be_a_derivative()
    {
        var check = Check(AttackSurface.FromClassifier(Ready(new Rounded())));
        Assert.True(check.Passed, check.Finding);
        Assert.Equal("every part declares a surrogate", check.Finding);
        Assert.True(Check(AttackSurface.FromClassifier(Ready(new WinnerAlone()))).Passed);
    }

    [Fact]
    public void Of_several_parts_those_at_fault_are_named()
    {
        using var ensemble = new FakeEnsemble(
            [
                ("Sound", new FiveClasses((_, x) => Z(x))),
                ("Declared", new Rounded()),
                ("Blurred", new FiveClasses((_, x) => Lent(Z(x), Z(x.mean([2, 3], keepdim: true).expand_as(x))))),
                ("Filtered", new FiveClasses((_, x) => Mask(Z(x), -1e4))),
            ],
            [("Near", new NearnessDetector(0), 0f), ("Half", new HalfDetached(), 0f)]);

        var check = Check(ensemble.Surface);

        Assert.False(check.Passed);
        Assert.Contains("member Blurred, the lead", check.Finding);
        Assert.Contains("gate Half", check.Finding);
        Assert.Contains("no logit of Filtered moves", check.Finding);
        Assert.DoesNotContain("Sound", check.Finding);
        Assert.DoesNotContain("Declared", check.Finding);
        Assert.DoesNotContain("Near", check.Finding);
    }

    /// <summary>Each draw keeps pixels by a threshold that jumps: values are noisy, and gradients right.</summary>
    [Theory]
    [InlineData(false, true)]
    [InlineData(true, false)]
    public void What_draws_is_judged_by_the_mean_of_its_draws(bool isHalfDetached, bool passes)
    {
        var check = Check(AttackSurface.FromClassifier(Ready(new Pruned(isHalfDetached))), epsilon: 0.3);
        Assert.Equal((passes, check.Finding), (check.Passed, check.Finding));
    }

    [Fact]
    public void Images_pass_in_batches()
    {
        var surface = AttackSurface.FromClassifier(Ready(new FiveClasses((_, x) => Mask(Z(x), 0))));
        Assert.StartsWith("On ", Check(surface, batchSize: 7).Finding);
        var sound = AttackSurface.FromClassifier(Ready(new FiveClasses((_, x) => Z(x))));
        Assert.True(Check(sound, batchSize: 7).Passed);
    }

    [Fact]
    public void One_sided_logits_end_in_no_valid_figure_under_any_attack()
    {
        using var images = FiveClasses.Images(12);
        var filtered = Ready(new FiveClasses((_, x) => Mask(Z(x), double.NegativeInfinity)));
        foreach (var attack in new IAttack[] { new Pgd { Steps = 10 }, new AutoAttack() })
        {
            var result = RobustnessEvaluation.Run(filtered, images, new ThreatModel(Norm.Linf, 0.05), attack);
            Assert.Contains(
                result.Invalid,
                reason => reason.StartsWith("gradients are derivatives of what the defense computes: On ")
                    && reason.Contains("attacks cannot see which class comes near"));
        }
    }

    sealed class Rounded : Classifier, INonDifferentiable
    {
        public override Tensor forward(Tensor images) => Z((images * 7).round() / 7);

        public Tensor surrogate(Tensor images) => Z(images);
    }

    sealed class WinnerAlone : Classifier, INonDifferentiable
    {
        public override Tensor forward(Tensor images) => Mask(Z(images), -1e4);

        public Tensor surrogate(Tensor images) => Z(images);
    }

    sealed class HalfDetached : Detector
    {
        public override Tensor forward(Tensor images) =>
            (images * half + images.detach() * (1 - half)).square().sum([1, 2, 3]);
    }

    sealed class Pruned(bool isHalfDetached) : Classifier, IRandomized
    {
        public int EotSamples => 20;

        public override Tensor forward(Tensor images)
        {
            var seen = isHalfDetached ? images * half + images.detach() * (1 - half) : images;
            var keep = seen.detach();
            return Z(seen * rand_like(keep).lt(keep) / keep.clamp_min(0.1));
        }
    }
}
