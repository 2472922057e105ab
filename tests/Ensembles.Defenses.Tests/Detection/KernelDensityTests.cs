using Ensembles.Defenses.Tests.Fixtures;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Detection;

public class KernelDensityTests
{
    /// <summary>
    /// Two points at 0 and 2 with bandwidth 1: at 1 each kernel is exp(-1/2) / sqrt(2 pi), and so is their mean.
    /// </summary>
    [Fact]
    public void The_density_is_the_mean_of_the_classes_own_kernels()
    {
        using var scope = NewDisposeScope();
        using var density = new KernelDensity(2, 1, capacity: 5) { Bandwidth = 1 };
        density.Fit(tensor(new float[,] { { 0 }, { 2 }, { 50 } }), tensor(new long[] { 0, 0, 1 }));
        var values = density.call(tensor(new float[,] { { 1 }, { 1 }, { 50 } }), tensor(new long[] { 0, 1, 1 }));
        var log2Pi = Math.Log(2 * Math.PI);
        double[] expected = [-0.5 - (log2Pi / 2), -(49.0 * 49 / 2) - (log2Pi / 2), -log2Pi / 2];
        TensorAssert.Near(tensor(expected).to_type(ScalarType.Float32), values, 1e-4);
    }

    [Fact]
    public void It_integrates_to_1_over_the_line()
    {
        using var scope = NewDisposeScope();
        using var density = new KernelDensity(1, 1, capacity: 10) { Bandwidth = 0.7 };
        density.Fit(randn(10, 1), zeros(10, dtype: ScalarType.Int64));
        var line = linspace(-12, 12, 4801).unsqueeze(1);
        var values = density.call(line, zeros(4801, dtype: ScalarType.Int64)).exp();
        Assert.Equal(1, values.sum().item<float>() * 0.005, 1e-3);
    }

    /// <summary>
    /// Where every kernel is below the smallest float the log density and its gradient are still right.
    /// </summary>
    [Fact]
    public void It_is_stable_in_many_dimensions()
    {
        using var scope = NewDisposeScope();
        const int dimensions = 200;
        using var density = new KernelDensity(1, dimensions, capacity: 1) { Bandwidth = 1.2 };
        density.Fit(zeros(1, dimensions), zeros(1, dtype: ScalarType.Int64));
        var far = full(1, dimensions, 5f).requires_grad_();
        var value = density.call(far, zeros(1, dtype: ScalarType.Int64));
        var expected = (-dimensions * 25 / (2 * 1.44)) - (dimensions / 2.0 * Math.Log(2 * Math.PI * 1.44));
        Assert.Equal(expected, value.item<float>(), 1e-2);
        value.sum().backward();
        TensorAssert.Near(full(1, dimensions, -5 / 1.44f), far.grad!, 1e-4);
    }

    [Fact]
    public void It_is_highest_at_a_reference_and_falls_with_the_distance()
    {
        using var scope = NewDisposeScope();
        using var density = new KernelDensity(1, 100, capacity: 3);
        var reference = randn(1, 100);
        density.Fit(reference, zeros(1, dtype: ScalarType.Int64));
        var away = reference + (arange(6, dtype: ScalarType.Float32).unsqueeze(1) * 0.3);
        var values = density.call(away, zeros(6, dtype: ScalarType.Int64)).data<float>().ToArray();
        Assert.Equal(values.OrderDescending(), values);
        Assert.Equal(6, values.Distinct().Count());
    }

    [Fact]
    public void A_class_has_at_most_its_capacity_of_references_and_absent_ones_do_not_count()
    {
        using var scope = NewDisposeScope();
        var (features, query) = (randn(8, 4), randn(5, 4));
        var zero = zeros(8, dtype: ScalarType.Int64);
        using var small = new KernelDensity(1, 4, capacity: 3);
        using var exact = new KernelDensity(1, 4, capacity: 3);
        using var roomy = new KernelDensity(1, 4, capacity: 50);
        small.Fit(features, zero);
        exact.Fit(features.narrow(0, 0, 3), zero.narrow(0, 0, 3));
        roomy.Fit(features.narrow(0, 0, 3), zero.narrow(0, 0, 3));
        var expected = exact.call(query, zero.narrow(0, 0, 5));
        TensorAssert.Near(expected, small.call(query, zero.narrow(0, 0, 5)), 1e-4);
        TensorAssert.Near(expected, roomy.call(query, zero.narrow(0, 0, 5)), 1e-4);
    }

    [Fact]
    public void A_class_without_images_is_refused()
    {
        using var scope = NewDisposeScope();
        using var density = new KernelDensity(2, 3, capacity: 5);
        Assert.Contains("class 1", Assert.Throws<ArgumentException>(() =>
            density.Fit(randn(4, 3), zeros(4, dtype: ScalarType.Int64))).Message);
    }

    /// <summary>Negative log density under the predicted class, by a reference implementation in float64.</summary>
    [ParityFact]
    public void Its_values_are_those_of_the_reference()
    {
        using var scope = NewDisposeScope();
        using var density = new KernelDensity(10, 100, capacity: 300) { Bandwidth = 1.2 };
        density.Fit(
            Parity.Floats("goldens/det.train_feat.bin", 3000, 100), Parity.Labels("goldens/det.train_label.bin"));
        var weights = Parity.Floats("std.bin", 166406);
        var (head, bias) = (weights.narrow(0, 165396, 1000).view(10, 100), weights.narrow(0, 166396, 10));
        foreach (var part in new[] { "clean", "adv" })
        {
            var features = Parity.Floats($"goldens/det.feat_{part}.bin", 512, 100);
            var predicted = (features.matmul(head.t()) + bias).argmax(1);
            // Values are in the hundreds, so this is a few units in the last place of float32.
            var expected = Parity.Floats($"goldens/det.kde1.2.{part}.bin", 512);
            TensorAssert.Near(expected, -density.call(features, predicted), 2e-3);
        }
    }
}
