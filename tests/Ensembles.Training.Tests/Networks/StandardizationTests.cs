using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Networks;

public class StandardizationTests
{
    [Fact]
    public void It_takes_the_mean_off_and_divides_by_the_deviation()
    {
        using var scope = NewDisposeScope();
        using var transform = Standardization.OfImageNet();
        var images = rand(2, 3, 4, 5);
        var mean = tensor(new[] { 0.485f, 0.456f, 0.406f }).view(3, 1, 1);
        var deviation = tensor(new[] { 0.229f, 0.224f, 0.225f }).view(3, 1, 1);
        TensorAssert.Near((images - mean) / deviation, transform.call(images), 1e-6);
        TensorAssert.Near(
            transform.Scale.view(3, 1, 1) * images + transform.Shift.view(3, 1, 1), transform.call(images), 1e-6);
    }

    [Fact]
    public void Numbers_that_cannot_be_are_refused()
    {
        Assert.Throws<ArgumentException>(() => new Standardization([], []));
        Assert.Throws<ArgumentException>(() => new Standardization([0.5], [0.5, 0.5]));
        Assert.Throws<ArgumentException>(() => new Standardization([0.5], [0]));
        Assert.Throws<ArgumentException>(() => new Standardization([double.NaN], [1]));
    }
}
