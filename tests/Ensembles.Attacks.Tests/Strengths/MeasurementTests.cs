using Ensembles.Tests;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks.Tests;

/// <summary>What every shipped strength keeps: its conditions, and the state of what it measures.</summary>
public sealed class MeasurementTests : IDisposable
{
    delegate ClaimMeasurement Measure(
        Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images);

    static readonly IReadOnlyList<(string Name, IReadOnlyList<Category> Categories, Measure Measure)> All =
    [
        Of<IntraClassCompactness>(), Of<InterClassSeparation>(), Of<NonRobustFeatureRemoval>(),
        Of<WorstCaseMarginalization>(), Of<SmallInputJacobian>(),
        Of<TestTimeRandomness>(), Of<AdversarialRejection>(), Of<ManifoldProjection>(), Of<CertifiedRadius>(),
        Of<DecorrelatedFailure>(),
    ];

    readonly DisposeScope scope = NewDisposeScope();
    readonly LabeledImages images = Halves.Images();

    public void Dispose()
    {
        images.Dispose();
        scope.Dispose();
    }

    public static TheoryData<string> Names => [.. All.Select(s => s.Name)];

    [Fact]
    public void Names_differ_and_every_category_has_a_strength()
    {
        Assert.Equal(All.Count, All.Select(s => s.Name).Distinct().Count());
        Assert.All(All, s => Assert.NotEmpty(s.Categories));
        Assert.Equal(
            Enum.GetValues<Category>().Except([Category.Undefended]),
            All.SelectMany(s => s.Categories).Distinct().Order());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Measuring_twice_gives_the_same_and_changes_nothing(string name)
    {
        manual_seed(7);
        var (defense, twin) = (Suitable(name), new Network().Evaluating());
        twin.weight.requires_grad = false;
        var state = get_rng_state();
        var first = Strength(name)(defense, twin, images);
        Assert.True(state.Equals(get_rng_state()), "the global generator moved");

        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        var second = Strength(name)(defense, twin, images);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
        Assert.Equal(first, second);

        Assert.False(twin.weight.requires_grad);
        Assert.All(defense.parameters(), p => Assert.True(p.requires_grad));
        Assert.All(
            defense.parameters().Concat(twin.parameters()),
            p => Assert.True(p.grad is null, "a gradient was left behind"));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void It_works_under_no_grad_and_its_numbers_do_not_depend_on_that(string name)
    {
        manual_seed(7);
        var (defense, twin) = (Suitable(name), new Network().Evaluating());
        var free = Strength(name)(defense, twin, images);
        using var noGrad = no_grad();
        Assert.Equal(free, Strength(name)(defense, twin, images));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Training_mode_and_missing_images_are_refused(string name)
    {
        var defense = Suitable(name);
        var twin = new Network();
        twin.train();
        Assert.Matches(
            "^The twin .*eval()",
            Assert.Throws<InvalidOperationException>(() => Strength(name)(defense, twin, images)).Message);
        twin.eval();
        using var none = new LabeledImages(zeros(0, 1, 4, 4), zeros(0, dtype: ScalarType.Int64), 2);
        Assert.Throws<ArgumentException>("images", () => Strength(name)(defense, twin, none));

        defense.train();
        Assert.Matches(
            "^The defense .*eval()",
            Assert.Throws<InvalidOperationException>(() => Strength(name)(defense, twin, images)).Message);
        Assert.All(defense.parameters(), p => Assert.True(p.requires_grad));
    }

    [Fact]
    public void A_module_inside_in_training_mode_is_found()
    {
        var defense = new Network().Evaluating();
        defense.Inner.train();
        Assert.Throws<InvalidOperationException>(() => TestTimeRandomness.Measure(defense, Brightness.Left, images));
    }

    [Fact]
    public void A_classifier_of_another_number_of_classes_is_refused()
    {
        var three = Sequential(Flatten(), Linear(16, 3)).Evaluating();
        Assert.Contains(
            "2 classes",
            Assert.Throws<ArgumentException>(
                () => WorstCaseMarginalization.Measure(Brightness.Left, three, images)).Message);
    }

    [Fact]
    public void A_twin_that_knows_nothing_is_refused()
    {
        var wrong = new Brightness(0, 2, scale: -1).Evaluating();
        Assert.Throws<ArgumentException>(
            "twin", () => WorstCaseMarginalization.Measure(Brightness.Left, wrong, images));
    }

    static (string, IReadOnlyList<Category>, Measure) Of<T>() where T : IStrength => (T.Name, T.Categories, T.Measure);

    static Measure Strength(string name) => All.Single(s => s.Name == name).Measure;

    static Module<Tensor, Tensor> Suitable(string name) =>
        name == AdversarialRejection.Name ? new Watcher().Evaluating()
        : name == ManifoldProjection.Name ? new Projection().Evaluating()
        : new Network().Evaluating();

    /// <summary>Linear, random at test time, with features and certificates: it can be asked everything.</summary>
    sealed class Network : FeatureNetwork, ICertified, IRandomized
    {
        public readonly Parameter weight = Weights();
        readonly Module<Tensor, Tensor> inner = Identity();

        public Network() => RegisterComponents();

        public Module<Tensor, Tensor> Inner => inner;
        public int EotSamples => 3;
        public override int FeatureCount => 2;
        public override int ClassCount => 2;

        public Certificate Certify(Tensor images) => new(
            forward(images).argmax(1), images.mean([1, 2, 3]).to_type(ScalarType.Float64) * 1e-3, Norm.L2);

        public override Tensor head(Tensor features) => features.alias();

        public override Tensor features(Tensor images)
        {
            using var scope = NewDisposeScope();
            var b = (images - 0.5).flatten(1).matmul(weight) + randn(images.size(0)) * 0.01;
            return stack([b.neg(), b], 1).MoveToOuterDisposeScope();
        }
    }

    sealed class Watcher : Detector
    {
        readonly Parameter weight = Weights();

        public Watcher() => RegisterComponents();

        public override Tensor forward(Tensor images)
        {
            using var scope = NewDisposeScope();
            return images.flatten(1).matmul(weight).abs().MoveToOuterDisposeScope();
        }
    }

    sealed class Projection : InputTransform
    {
        readonly Parameter weight = Weights();

        public Projection() => RegisterComponents();

        public override Tensor forward(Tensor images)
        {
            using var scope = NewDisposeScope();
            return (images * weight.mean()).MoveToOuterDisposeScope();
        }
    }

    static Parameter Weights() => new(linspace(0.5, 1.5, 16).to_type(ScalarType.Float32));
}
