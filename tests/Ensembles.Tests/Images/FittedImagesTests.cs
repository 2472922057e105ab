using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Tests.Images;

public sealed class FittedImagesTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void Images_are_known_again_pixel_for_pixel()
    {
        manual_seed(1);
        var (known, others) = (rand(70, 1, 2, 2), rand(30, 1, 2, 2));
        var fitted = new FittedImages();
        Assert.True(fitted.IsEmpty);
        Assert.Equal((0, 30), fitted.CountKnown(others));

        fitted.Remember(Labeled(known), default);

        Assert.False(fitted.IsEmpty);
        Assert.Equal((70, 70), fitted.CountKnown(known));
        Assert.Equal((0, 30), fitted.CountKnown(others));
        Assert.Equal((5, 35), fitted.CountKnown(cat([others, known.narrow(0, 10, 5)])));
        Assert.Equal((0, 70), fitted.CountKnown(known + 1e-6));
    }

    /// <summary>Of more images than are kept a sample is, and the same sample of others is compared with it.</summary>
    [Fact]
    public void Of_many_images_a_sample_is_kept()
    {
        manual_seed(2);
        var (known, others) = (rand(8192, 1, 2, 2), rand(400, 1, 2, 2));
        var fitted = new FittedImages();
        fitted.Remember(Labeled(known), default);

        Assert.Equal((4096, 4096), fitted.CountKnown(known));
        var (among, looked) = fitted.CountKnown(known.narrow(0, 0, 400));
        Assert.Equal(among, looked);
        Assert.InRange(looked, 130, 270);
        (among, looked) = fitted.CountKnown(others);
        Assert.Equal(0, among);
        Assert.InRange(looked, 130, 270);
    }

    [Fact]
    public void Those_of_the_last_time_are_forgotten()
    {
        var (first, second) = (rand(40, 1, 2, 2), rand(20, 1, 2, 2));
        var fitted = new FittedImages();
        fitted.Remember(Labeled(first), default);
        fitted.Remember(Labeled(second), default);
        Assert.Equal((0, 40), fitted.CountKnown(first));
        Assert.Equal((20, 20), fitted.CountKnown(second));
    }

    /// <summary>A pair of images that happen to be equal is no reason to stop; a second one is.</summary>
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void A_module_that_was_fitted_to_the_images_is_refused(int shared, bool refused)
    {
        manual_seed(3);
        var known = rand(20, 1, 2, 2);
        var module = new Fitted();
        module.FittedTo.Remember(Labeled(known), default);
        var images = cat([rand(50, 1, 2, 2), known.narrow(0, 0, shared)]);
        void Check() => FittedImages.ThrowIfAmong([module], images, "test images", "Take others.");

        if (!refused)
            Check();
        else
        {
            var message = Assert.Throws<ArgumentException>(Check).Message;
            Assert.Contains("Fitted was fitted to 2 of 52 test images", message);
            Assert.Contains("Take others.", message);
        }
    }

    [Fact]
    public void A_checkpoint_carries_them()
    {
        var path = Path.Combine(Directory.CreateTempSubdirectory("ensembles").FullName, "fitted.safetensors");
        var (images, first, second) = (rand(12, 1, 2, 2), new Fitted(), new Fitted());
        first.FittedTo.Remember(Labeled(images), default);
        Checkpoint.Save(first, path);
        Checkpoint.Load(second, path);
        Assert.Equal((12, 12), second.FittedTo.CountKnown(images));
    }

    static LabeledImages Labeled(Tensor images) =>
        new(images, zeros(images.size(0), dtype: ScalarType.Int64), classCount: 2);

    sealed class Fitted : Detector, IFittedToImages
    {
        readonly FittedImages fitted = new();

        public Fitted() : base(nameof(Fitted)) => RegisterComponents();

        public FittedImages FittedTo => fitted;

        public override Tensor forward(Tensor images) => images.mean([1, 2, 3]);
    }
}
