using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Losses;

/// <summary>Losses of features that bring classes together or keep them apart: golden values and invariants.</summary>
public class MetricLossTests
{
    /// <summary>h = (1, 1), centers (0, 0), (3, 0), (0, 4): A = 2, B = 5 + 10 + 1.</summary>
    [Fact]
    public void Contrastive_center_loss_and_its_gradient()
    {
        using var scope = NewDisposeScope();
        var features = tensor(new float[,] { { 1, 1 } }).requires_grad_();
        var centers = tensor(new float[,] { { 0, 0 }, { 3, 0 }, { 0, 4 } });
        var loss = ContrastiveCenterLoss.Value(features, zeros(1, dtype: ScalarType.Int64), centers, delta: 1);
        loss.backward();
        Assert.Equal(0.0625, loss.item<float>(), 1e-6);
        TensorAssert.Near(tensor(new float[,] { { 0.0703125f, 0.078125f } }), features.grad!, 1e-6);
    }

    [Fact]
    public void Contrastive_center_loss_does_not_see_a_move_of_everything()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (features, centers, labels) = (randn(6, 4), randn(3, 4), arange(6) % 3);
        var move = randn(1, 4);
        TensorAssert.Near(
            ContrastiveCenterLoss.Value(features, labels, centers, 1),
            ContrastiveCenterLoss.Value(features + move, labels, centers + move, 1),
            1e-5);
    }

    [Theory]
    [InlineData(3, 2)]
    [InlineData(10, 9)]
    [InlineData(10, 64)]
    public void Max_mahalanobis_centers_are_the_corners_of_a_regular_simplex(int classes, int dimensions)
    {
        using var scope = NewDisposeScope();
        var centers = MaxMahalanobisCenters.Unit(classes, dimensions);
        var cosine = -1.0 / (classes - 1);
        var expected = (eye(classes) * (1 - cosine)) + cosine;
        TensorAssert.Near(expected, centers.matmul(centers.t()), 1e-6);
        Assert.Equal(0, centers.mean([0]).abs().max().item<float>(), 1e-5);
    }

    [Fact]
    public void Three_max_mahalanobis_centers_in_the_plane()
    {
        using var scope = NewDisposeScope();
        var expected = tensor(new float[,] { { 1, 0 }, { -0.5f, 0.8660254f }, { -0.5f, -0.8660254f } });
        TensorAssert.Near(expected, MaxMahalanobisCenters.Unit(3, 2), 1e-6);
    }

    [Fact]
    public void A_simplex_does_not_fit_into_too_few_features()
    {
        var message = Assert.Throws<ArgumentException>(() => MaxMahalanobisCenters.Unit(10, 8)).Message;
        Assert.Contains("need 9 features; the network has 8", message);
    }

    /// <summary>
    /// Ten classes at radius 10: any two centers are sqrt(222.22) apart, and an image on one has loss 0.
    /// </summary>
    [Fact]
    public void Max_mahalanobis_logits_are_squared_distances_to_the_centers()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var network = new SmallCnn(1, 12, 10);
        using var loss = new MaxMahalanobisLoss();
        loss.Build(network);
        var state = loss.state_dict();
        using (no_grad())
        {
            state["head.embedding.weight"].copy_(eye(network.FeatureCount));
            state["head.embedding.bias"].zero_();
        }

        var logits = loss.Head!.call(state["head.centers"]);
        var expected = (eye(10) - 1) * (2000.0 / 9);
        TensorAssert.Near(expected, logits.detach(), 1e-3);
        Assert.Equal(0, MaxMahalanobisLoss.Value(logits, arange(10)).item<float>(), 1e-4);
        Assert.Equal(
            1000.0 / 9, MaxMahalanobisLoss.Value(logits, (arange(10) + 1) % 10).item<float>(), 1e-3);
    }

    /// <summary>z = (1, 0, -1), mu = 0, sigma = 1, lambda = 0.1, label 0.</summary>
    [Fact]
    public void Gaussian_softmax_and_its_gradient()
    {
        using var scope = NewDisposeScope();
        var z = tensor(new float[,] { { 1, 0, -1 } }).requires_grad_();
        var u = GaussianSoftmaxLoss.Logits(z, zeros(3), ones(3), lambda: 0.1);
        var loss = nn.functional.cross_entropy(u, zeros(1, dtype: ScalarType.Int64));
        loss.backward();
        Assert.Equal(0.393351, loss.item<float>(), 1e-5);
        TensorAssert.Near(tensor(new float[,] { { -0.333077f, 0.249483f, 0.087361f } }), z.grad!, 1e-5);
        TensorAssert.Near(z.detach(), GaussianSoftmaxLoss.Logits(z.detach(), zeros(3), ones(3), lambda: 0), 0);
    }

    /// <summary>s = 10, d = 0.9, cos_y = 0.5: dL/dcos_y = -10 sigmoid(4), whatever the other cosines are.</summary>
    [Theory]
    [InlineData(-0.9f, 0.1f)]
    [InlineData(0.8f, 0.3f)]
    public void Dissected_softmax_pulls_to_the_own_class_whatever_the_others_do(float first, float second)
    {
        using var scope = NewDisposeScope();
        var cosines = tensor(new float[,] { { first, 0.5f, second } }).requires_grad_();
        DissectedSoftmaxLoss.Value(10 * cosines, ones(1, dtype: ScalarType.Int64), scaledStop: 9).backward();
        Assert.Equal(-9.820138, cosines.grad![0, 1].item<float>(), 1e-5);
    }

    [Fact]
    public void Dissected_softmax_sees_directions_alone()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var network = Bars.Networks.Create();
        using var loss = new DissectedSoftmaxLoss();
        loss.Build(network);
        var features = rand(5, network.FeatureCount);
        using var noGradient = no_grad();
        TensorAssert.Near(loss.Head!.call(features), loss.Head.call(7 * features), 1e-4);
        Assert.True(loss.Head.call(features).abs().max().item<float>() <= 30.001f);
    }

    static readonly Dictionary<string, Func<TrainingLoss>> losses = new()
    {
        ["contrastive center"] = () => new CrossEntropy() + 0.1 * new ContrastiveCenterLoss(),
        ["prototype conformity"] = () =>
            new CrossEntropy() + 0.01 * new PrototypeProximityLoss() + 1e-4 * new PrototypeContrastLoss(),
        ["triplet"] = () => new CrossEntropy() + 0.5 * new TripletLoss(),
        ["lifted structure"] = () => new CrossEntropy() + 0.1 * new LiftedStructureLoss(),
        ["average margin"] = () => new CrossEntropy() + 0.1 * new AverageMarginLoss(),
        ["max-Mahalanobis"] = () => new MaxMahalanobisLoss(),
        ["Gaussian softmax"] = () => new GaussianSoftmaxLoss(),
        ["dissected softmax"] = () => new DissectedSoftmaxLoss(),
    };

    public static TheoryData<string> Names => [.. losses.Keys];

    /// <summary>
    /// Trained on clean images each learns the task; what it learns falls to PGD on the margin, as an undefended
    /// network does. With a perturbation it holds.
    /// </summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Falls_when_trained_on_clean_images_and_holds_when_trained_on_perturbed_ones(string name)
    {
        using var images = Bars.Make(150, seed: 1);
        var (clean, fallen) = Train(null);
        var (_, held) = Train(new PgdPerturbation(0.2, steps: 5) { WarmUp = 0.5 });
        Assert.True(clean > 0.9, $"{name}: clean accuracy {clean}");
        Assert.True(fallen < 0.2, $"{name}: robust accuracy {fallen} after training on clean images");
        Assert.True(held > fallen + 0.3, $"{name}: robust accuracy {held} after training on perturbed images");

        (double Clean, double Robust) Train(Perturbation? perturbation)
        {
            manual_seed(1);
            using var scope = NewDisposeScope();
            using var classifier = new Any(Bars.Networks, losses[name]()) { Perturbation = perturbation };
            classifier.Train(images, new TrainingOptions { Epochs = 24, LearningRate = 3e-3 });
            var attack = new Pgd { Steps = 20, Loss = AttackLoss.Margin };
            var found = attack.Run(
                AttackSurface.FromClassifier(classifier), images.Images, images.Labels,
                new ThreatModel(Norm.Linf, 0.2), new AttackOptions());
            var attacked = new LabeledImages(found.Images, images.Labels, Bars.Classes);
            return (Bars.Accuracy(classifier, images), Bars.Accuracy(classifier, attacked));
        }
    }

    sealed class Any(INetworkFactory networks, TrainingLoss loss) : NetworkClassifier(networks)
    {
        public override TrainingLoss Loss { get; } = loss;
    }
}
