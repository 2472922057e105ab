using System.Diagnostics;
using Ensembles.Onnx;
using Ensembles.Onnx.Tests;
using static TorchSharp.torch;

/// <summary>A file of another framework with real weights: features here and in ONNX Runtime.</summary>
static class ResNet18
{
    const int Images = 8;
    const double Tolerance = 1e-4;

    public static int Compare(string file)
    {
        using var scope = NewDisposeScope();
        var watch = Stopwatch.StartNew();
        using var classifier = OnnxClassifier.Load(file, new OnnxOptions { Scaling = PixelScaling.Bytes });
        Console.WriteLine(
            $"loaded in {watch.Elapsed.TotalSeconds:F1} s: images {string.Join(" x ", classifier.ImageShape)}, "
                + $"{classifier.ClassCount} features, "
                + $"{classifier.parameters().Sum(p => p.numel()) / 1e6:F2} million weights");
        using var runtime = new Runtime(file);
        manual_seed(1);
        // Smooth images, nearer to photographs than noise is.
        var images = nn.functional.interpolate(
            rand(Images, 3, 14, 14), [224, 224], mode: InterpolationMode.Bilinear, align_corners: false).clamp(0, 1);
        using var noGradient = no_grad();
        var own = classifier.call(images);
        // The file is for one image at a time.
        var theirs = cat([.. Enumerable.Range(0, Images).Select(
            i => runtime.Run(images[i..(i + 1)] * 255).Values.Single().flatten(1))]);
        var difference = (own - theirs).abs().max().item<float>();
        Console.WriteLine($"features from {theirs.min().item<float>():F3} to {theirs.max().item<float>():F3}; "
            + $"largest difference of {Images} images to ONNX Runtime: {difference:E2}");
        return difference <= Tolerance ? 0 : 1;
    }
}
