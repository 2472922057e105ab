using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Tests;

public sealed class ImageChecksTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Images_from_zero_to_one_pass()
    {
        ImageChecks.ThrowIfNotImages(tensor([0f, 1f]).view(2, 1, 1, 1));
        ImageChecks.ThrowIfNotImages(zeros(0, 1, 28, 28));
    }

    [Fact]
    public void What_is_wrong_with_images_is_said()
    {
        AssertImages("[3, 28, 28]", zeros(3, 28, 28));
        AssertImages("divide bytes by 255", zeros([2, 1, 4, 4], ScalarType.Byte));
        AssertImages("Float64", zeros([2, 1, 4, 4], ScalarType.Float64));
        AssertImages("no pixels", zeros(2, 3, 0, 4));
        AssertImages("1.5", full(1, 1, 2, 2, 1.5f));
        AssertImages("-0.25", full(1, 1, 2, 2, -0.25f));
        AssertImages("Normalisation belongs inside the network", full(1, 1, 2, 2, -0.25f));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    [InlineData(float.NegativeInfinity)]
    [InlineData(1.0000001f)]
    public void One_bad_pixel_among_many_is_found(float value)
    {
        var images = rand(10, 1, 8, 8);
        images[7, 0, 3, 3] = tensor(value);
        Assert.Throws<ArgumentException>("images", () => ImageChecks.ThrowIfNotImages(images));
    }

    [Fact]
    public void What_is_wrong_with_labels_is_said()
    {
        ImageChecks.ThrowIfNotLabels(tensor([0L, 2L]), 2, 3);
        AssertLabels("2 images", tensor([0L, 1L, 2L]), 2);
        AssertLabels("[2, 1]", tensor([0L, 1L]).view(2, 1), 2);
        AssertLabels("Int32", tensor([0, 1]), 2);
        AssertLabels("[0, 3)", tensor([0L, 3L]), 2);
        AssertLabels("span [-1, 0]", tensor([0L, -1L]), 2);
    }

    static void AssertImages(string says, Tensor images) =>
        Assert.Contains(
            says, Assert.Throws<ArgumentException>("images", () => ImageChecks.ThrowIfNotImages(images)).Message);

    static void AssertLabels(string says, Tensor labels, long count) =>
        Assert.Contains(
            says,
            Assert.Throws<ArgumentException>("labels", () => ImageChecks.ThrowIfNotLabels(labels, count, 3)).Message);
}
