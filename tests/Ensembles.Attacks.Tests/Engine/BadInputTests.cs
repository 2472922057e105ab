using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// Bad input: an exception that says what is wrong before the first step, and never a robust-looking result.
/// </summary>
public class BadInputTests
{
    static readonly ThreatModel threat = new(Norm.Linf, 0.1);

    static readonly Tensor images = Samples.Images(6).DetachFromDisposeScope();
    static readonly Tensor labels = zeros(6, dtype: ScalarType.Int64).DetachFromDisposeScope();

    public static TheoryData<string, string> BadImages
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var attack in Attacks.All)
                foreach (var bad in new[] { "above", "below", "nan", "double", "flat" })
                    data.Add(attack, bad);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(BadImages))]
    public void Images_that_are_none(string attack, string how)
    {
        using var scope = NewDisposeScope();
        var bad = how switch
        {
            "above" => images + 0.5,
            "below" => images - 0.5,
            "nan" => images * float.NaN,
            "double" => images.to_type(ScalarType.Float64),
            _ => images.flatten(1),
        };
        Assert.Contains("Images", Raised<ArgumentException>(attack, Untouched(), bad, labels).Message);
    }

    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void Labels_that_do_not_fit(string attack)
    {
        using var scope = NewDisposeScope();
        Tensor[] misfits =
        [
            labels.narrow(0, 0, 5), labels + 4, labels - 1, labels.to_type(ScalarType.Float32), labels.unsqueeze(1),
        ];
        foreach (var bad in misfits)
            Assert.Contains("abels", Raised<ArgumentException>(attack, Samples.Linear(), images, bad).Message);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-0.1)]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    public void An_epsilon_that_is_no_radius(double epsilon) =>
        Assert.Equal(
            "epsilon", Assert.Throws<ArgumentOutOfRangeException>(() => new ThreatModel(Norm.L2, epsilon)).ParamName);

    [Fact]
    public void A_radius_in_levels_is_told()
    {
        var thrown = Assert.Throws<ArgumentOutOfRangeException>(() => new ThreatModel(Norm.Linf, 8));
        Assert.Contains("8 / 255", thrown.Message);
        Assert.Equal(1, new ThreatModel(Norm.Linf, 1).Epsilon);
    }

    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void Logits_that_are_no_numbers(string attack)
    {
        var linear = Samples.Linear();
        var poisoned = new FunctionClassifier(x => linear.call(x) * tensor(new[] { 1, 1, float.NaN, 1 }));
        Assert.Contains("not numbers", Raised<InvalidOperationException>(attack, poisoned).Message);
    }

    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void A_module_in_training_mode_is_named(string attack)
    {
        var network = new Behind(new SurrogateIdentity(), Samples.Linear());
        network.train();
        Assert.Contains("behind", Raised<InvalidOperationException>(attack, network).Message);
        network.eval();
        // One part in training mode inside a module that is not.
        network.modules().OfType<LinearNetwork>().Single().train();
        Assert.Contains("linear", Raised<InvalidOperationException>(attack, network).Message);
    }

    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void A_model_that_returns_its_input(string attack)
    {
        var same = new FunctionClassifier(x => x);
        Assert.Contains("[N, K]", Raised<InvalidOperationException>(attack, same).Message);
        Assert.False(images.IsInvalid);
    }

    /// <summary>Sequential disposes what its parts return, and so the attack's own images.</summary>
    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void A_part_that_returns_its_input(string attack)
    {
        var network = Sequential(new FunctionClassifier(x => x), Samples.Linear());
        network.eval();
        Assert.Contains("alias()", Raised<InvalidOperationException>(attack, network).Message);
        Assert.False(images.IsInvalid);
    }

    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void Logits_of_a_wrong_shape(string attack)
    {
        var linear = Samples.Linear();
        foreach (var bad in new FunctionClassifier[]
        {
            new(x => linear.call(x).unsqueeze(-1)), new(x => linear.call(x).select(1, 0)),
            new(x => linear.call(x).narrow(1, 0, 1)),
            new(x => linear.call(x).mean([0], keepdim: true)),
        })
            Assert.Contains("[N, K]", Raised<InvalidOperationException>(attack, bad).Message);
    }

    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void A_gate_without_a_threshold_is_named(string attack)
    {
        var surface = new HandmadeSurface<MeanLogit>(
            [Samples.Linear()], [(new FunctionDetector(x => x.flatten(1).mean([1])), float.NaN)]);
        var raised = Assert.Throws<InvalidOperationException>(
            () => Attacks.Named(attack).Run(surface, images, labels, Attacks.Threat(attack, 0.1), new AttackOptions()));
        Assert.Contains("Gate0 has no threshold", raised.Message);
    }

    [Theory]
    [MemberData(nameof(Attacks.All), MemberType = typeof(Attacks))]
    public void A_batch_size_of_none(string attack) =>
        Assert.Throws<ArgumentOutOfRangeException>(
            () => Attacks.Named(attack).Run(
                Untouched(), images, labels, Attacks.Threat(attack, 0.1), new AttackOptions { BatchSize = 0 }));

    [Fact]
    public void Budgets_of_none()
    {
        IAttack[] idle =
        [
            new Pgd { Steps = 0 }, new Pgd { Restarts = 0 }, new Pgd { StepSize = 0 },
            new Pgd { StepSize = double.NaN }, new MiFgsm { Steps = 0 }, new MiFgsm { StepSize = 0 },
            new MiFgsm { Decay = -0.1 }, new MiFgsm { Decay = double.NaN }, new Bim { Steps = 0 },
            new Bim { StepSize = -1 }, new MultiTargeted { Steps = 0 }, new MultiTargeted { Targets = 0 },
            new CarliniWagnerL2 { Steps = 0 }, new CarliniWagnerL2 { SearchSteps = 0 },
            new CarliniWagnerL2 { FirstConstant = 0 }, new CarliniWagnerL2 { LearningRate = 0 },
            new CarliniWagnerL2 { Confidence = -1 }, new DeepFool { Steps = 0 }, new DeepFool { Targets = 0 },
            new DeepFool { Overshoot = -0.1 }, new CarliniWagnerLinf { Steps = 0 },
            new CarliniWagnerLinf { Patience = 0 }, new CarliniWagnerLinf { FirstConstant = 0 },
            new CarliniWagnerLinf { LargestConstant = 1e-3 }, new CarliniWagnerLinf { LearningRate = 0 },
            new CarliniWagnerL0 { Rounds = 0 }, new CarliniWagnerL0 { Steps = 0 }, new CarliniWagnerL0 { Share = 1 },
            new CarliniWagnerL0 { LearningRate = 0 }, new Lbfgs { Steps = 0 }, new Lbfgs { SearchSteps = 0 },
            new Lbfgs { FirstConstant = 0 }, new Ddn { Steps = 0 }, new Ddn { FirstLength = 0 }, new Ddn { Gamma = 1 },
            new Fmn { Steps = 0 }, new Fmn { FirstStepSize = 0 }, new Fmn { Gamma = 0 },
            new UniformNoise { Tries = 0 }, new GaussianNoise { Tries = 0 }, new Spsa { Steps = 0 },
            new Spsa { Samples = 3 }, new Spsa { Samples = 0 }, new Spsa { LearningRate = 0 },
            new Spsa { Probe = double.NaN }, new Boundary { Steps = 0 }, new Boundary { SphereStep = 0 },
            new Boundary { SourceStep = 1 }, new HopSkipJump { Steps = 0 }, new HopSkipJump { FirstQueries = 0 },
        ];
        Assert.All(
            idle,
            attack => Assert.DoesNotContain(
                "attacks under",
                Assert.ThrowsAny<ArgumentOutOfRangeException>(
                    () => attack.Run(Untouched(), images, labels, threat)).Message));
    }

    static TException Raised<TException>(
        string attack, Module<Tensor, Tensor> classifier, Tensor? badImages = null,
        Tensor? badLabels = null) where TException : Exception =>
        Assert.ThrowsAny<TException>(
            () => Attacks.Named(attack).Run(
                classifier, badImages ?? images, badLabels ?? labels, Attacks.Threat(attack, 0.1)));

    /// <summary>A classifier that must not be asked anything.</summary>
    static FunctionClassifier Untouched() =>
        new(_ => throw new Xunit.Sdk.XunitException("The classifier was evaluated before the input was checked."));
}
