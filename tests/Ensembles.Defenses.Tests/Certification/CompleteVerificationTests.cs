using Ensembles.Attacks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses.Tests.Certification;

public class CompleteVerificationTests
{
    static readonly CompleteVerifier verifier = new() { Tolerance = 2e-3 };

    /// <summary>One pixel in each of two channels, up to 12 hidden units, 3 classes.</summary>
    static Module<Tensor, Tensor> Shallow(int seed, int hidden)
    {
        manual_seed(seed);
        var network = Sequential(Flatten(), Linear(2, hidden), ReLU(), Linear(hidden, 3));
        using var noGradient = no_grad();
        foreach (var (name, parameter) in network.named_parameters())
            parameter.mul_(name.Contains("weight", StringComparison.Ordinal) ? 3 : 1);
        network.eval();
        return network;
    }

    /// <summary>
    /// The oracle: with one hidden layer of n units over two pixels the logits are linear between n lines, so that a
    /// difference of logits is least in a corner of the cells that they and the sides of the box cut, whichever of the
    /// 2^n patterns of phases the cells have.
    /// </summary>
    static double LeastDifference(Module<Tensor, Tensor> network, double[] low, double[] high, long label)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        Tensor[] parameters = [.. network.parameters().Select(parameter => parameter.to_type(ScalarType.Float64))];
        Tensor[] weights = [.. parameters.Where(parameter => parameter.dim() == 2)];
        Tensor[] biases = [.. parameters.Where(parameter => parameter.dim() == 1)];
        var lines = new List<(double A, double B, double C)>
        {
            (1, 0, low[0]), (1, 0, high[0]), (0, 1, low[1]), (0, 1, high[1]),
        };
        for (var unit = 0; unit < weights[0].size(0); unit++)
            lines.Add((
                weights[0][unit, 0].item<double>(), weights[0][unit, 1].item<double>(),
                -biases[0][unit].item<double>()));

        var corners = new List<double>();
        foreach (var (i, one) in lines.Index())
        {
            foreach (var other in lines.Skip(i + 1))
            {
                var determinant = (one.A * other.B) - (one.B * other.A);
                if (Math.Abs(determinant) < 1e-12)
                    continue;
                var x = ((one.C * other.B) - (one.B * other.C)) / determinant;
                var y = ((one.A * other.C) - (one.C * other.A)) / determinant;
                if (x >= low[0] - 1e-12 && x <= high[0] + 1e-12 && y >= low[1] - 1e-12 && y <= high[1] + 1e-12)
                    corners.AddRange([x, y]);
            }
        }

        var points = tensor(corners.ToArray()).view(-1, 2);
        var hidden = (points.matmul(weights[0].t()) + biases[0]).clamp(min: 0);
        var logits = hidden.matmul(weights[1].t()) + biases[1];
        var differences = logits.narrow(1, label, 1) - logits;
        differences.narrow(1, label, 1).fill_(double.PositiveInfinity);
        return differences.min().item<double>();
    }

    static double Exact(Module<Tensor, Tensor> network, Tensor image, long label)
    {
        double[] at = [.. image.flatten().data<float>().Select(value => (double)value)];
        var (below, above) = (0.0, verifier.LargestRadius);
        if (Holds(above))
            return above;
        while (above - below > 1e-5)
        {
            var middle = (below + above) / 2;
            (below, above) = Holds(middle) ? (middle, above) : (below, middle);
        }

        return below;

        bool Holds(double radius)
        {
            double[] low = [.. at.Select(value => Math.Max(0, value - radius))];
            double[] high = [.. at.Select(value => Math.Min(1, value + radius))];
            return LeastDifference(network, low, high, label) > 0;
        }
    }

    static void EqualsTheOracle(int seed)
    {
        using var scope = NewDisposeScope();
        var network = Shallow(seed, 3 + (seed % 10));
        var image = rand(1, 2, 1, 1);
        var label = network.call(image).argmax().item<long>();
        var exact = Exact(network, image, label);

        using var found = verifier.Distortion(network, image);
        Assert.InRange(found.Proven, exact - 2e-3, exact + 1e-5);
        if (exact < verifier.LargestRadius)
        {
            Assert.InRange(found.Found!.Value, exact - 1e-5, exact + 4e-3);
            Assert.NotEqual(label, network.call(found.Image!).argmax().item<long>());
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(9)]
    public void The_minimal_distortion_is_that_of_the_oracle(int seed) => EqualsTheOracle(seed);

    /// <summary>ENSEMBLES_ORACLES=200 dotnet test --filter Networks_of_a_long_run</summary>
    [Fact]
    public void Networks_of_a_long_run_agree_with_the_oracle_too()
    {
        var count = int.TryParse(Environment.GetEnvironmentVariable("ENSEMBLES_ORACLES"), out var asked) ? asked : 1;
        for (var seed = 100; seed < 100 + count; seed++)
            EqualsTheOracle(seed);
    }

    [Fact]
    public void It_is_above_every_certificate_and_below_every_attack()
    {
        using var scope = NewDisposeScope();
        manual_seed(6);
        var network = Sequential(Conv2d(1, 2, 2), ReLU(), Flatten(), Linear(8, 5), ReLU(), Linear(5, 3));
        network.eval();
        using (no_grad())
        {
            foreach (var parameter in network.parameters())
                parameter.mul_(3);
        }

        var images = rand(3, 1, 3, 3);
        var exact = verifier.Certify(network, images);
        var bounded = new BoundCertifier(new IntervalBounds()).Certify(network, images);
        var labels = network.call(images).argmax(1);
        Assert.True(exact.Radii.ge(bounded.Radii - 2e-3).all().item<bool>());
        Assert.True(
            exact.Radii.gt(bounded.Radii + 2e-3).any().item<bool>(),
            $"{string.Join(", ", exact.Radii.data<double>())} above {string.Join(", ", bounded.Radii.data<double>())}");
        using var attacked = new Fmn().Run(
            AttackSurface.FromClassifier(network), images, labels, ThreatModel.Unbounded(Norm.Linf),
            new AttackOptions());
        for (var i = 0; i < 3; i++)
        {
            if (attacked.Success[i])
                Assert.True(exact.Radii[i].item<double>() <= attacked.Distance[i]);
        }
    }

    [Fact]
    public void Networks_that_are_not_linear_between_ReLUs_are_refused()
    {
        using var scope = NewDisposeScope();
        var pooled = Sequential(MaxPool2d(2), Flatten(), Linear(1, 2));
        pooled.eval();
        Assert.Contains(
            "MaxPooling",
            Assert.Throws<NotSupportedException>(() => verifier.Certify(pooled, rand(1, 1, 2, 2))).Message);
        Assert.Throws<ArgumentException>(() => verifier.Distortion(pooled, rand(2, 1, 2, 2)));
    }
}
