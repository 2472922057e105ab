using System.Diagnostics;
using Ensembles;
using Ensembles.Attacks;
using Ensembles.Benchmarks;
using Ensembles.Data;
using Ensembles.Evaluation;
using Ensembles.Onnx;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

/// <summary>
/// A file's network with weights of ImageNet, a linear head of CIFAR-10 on its features, and an attack through both.
/// </summary>
static class Pretrained
{
    const int TrainingImages = 3000, TestImages = 500, AttackedImages = 100;

    static readonly ThreatModel threat = new(Norm.Linf, 8 / 255.0);

    public static int Attack(string file, string cifar)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var watch = Stopwatch.StartNew();
        using var training = Cifar10.Load(cifar, Subset.Train, Limit.First(TrainingImages));
        using var test = Cifar10.Load(cifar, Subset.Test, Limit.First(TestImages));
        using var classifier = new HeadOnFeatures(file, Cifar10.ClassNames.Count);
        Console.WriteLine(Hardware.Name());
        classifier.Fit(training);
        Console.WriteLine($"{TrainingImages} training images, {watch.Elapsed.TotalSeconds:F0} s");
        Console.WriteLine($"{Right(classifier, test):P1} of {TestImages} test images are right");

        watch.Restart();
        using var attacked = test.Split(AttackedImages).First;
        // Gradients of so large images take 50 MB each.
        var result = RobustnessEvaluation.Run(
            AttackSurface.FromClassifier(classifier), "ResNet-18 of ImageNet, head of CIFAR-10", attacked, threat,
            [new Pgd { Steps = 20 }], new EvaluationOptions { BatchSize = 20 });
        Console.WriteLine(result);
        Console.WriteLine($"{watch.Elapsed.TotalSeconds:F0} s");
        return result.Valid ? 0 : 1;
    }

    static double Right(HeadOnFeatures classifier, LabeledImages images)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        return classifier.call(images.Images).argmax(1).eq(images.Labels).to(float32).mean().item<float>();
    }

    /// <summary>
    /// Images of 32x32 pixels to logits. Inside they become what the network was trained on: 224x224 pixels in
    /// [0, 255], blue first, less the mean image that lies beside the network in the package.
    /// </summary>
    [Defense(Category.Undefended)]
    sealed class HeadOnFeatures : Classifier
    {
        const int Part = 50, Steps = 500;

        readonly OnnxClassifier features;
        readonly Tensor mean;
        readonly Linear head;

        public HeadOnFeatures(string file, int classes)
        {
            features = OnnxClassifier.Load(file);
            mean = MeanImage(Path.Combine(
                Path.GetDirectoryName(file)!, "..", "ResNetPrepOnnx", "ResNetPreprocess.onnx"));
            head = Linear(features.ClassCount, classes);
            RegisterComponents();
            eval();
        }

        public override Tensor forward(Tensor images)
        {
            using var scope = NewDisposeScope();
            return cat([.. images.split(Part).Select(part => head.call(FeaturesOf(part)))]).MoveToOuterDisposeScope();
        }

        /// <summary>Trains the head on features that are computed once.</summary>
        public void Fit(LabeledImages training)
        {
            using var scope = NewDisposeScope();
            var known = Features(training.Images);
            var (mean, deviation) = (known.mean([0]), known.std(0) + 0.01f);
            var standardised = (known - mean) / deviation;
            using var optimizer = optim.AdamW(head.parameters(), lr: 0.005, weight_decay: 0.5);
            for (var step = 0; step < Steps; step++)
            {
                using var inner = NewDisposeScope();
                optimizer.zero_grad();
                functional.cross_entropy(head.call(standardised), training.Labels).backward();
                optimizer.step();
            }

            // The head takes features as they are from here on.
            using var noGradient = no_grad();
            head.weight!.div_(deviation);
            head.bias!.sub_(head.weight.mv(mean));
        }

        Tensor Features(Tensor images)
        {
            using var noGradient = no_grad();
            return cat([.. images.split(Part).Select(FeaturesOf)]);
        }

        Tensor FeaturesOf(Tensor images)
        {
            using var scope = NewDisposeScope();
            var scaled = functional.interpolate(
                images, [features.ImageShape[1], features.ImageShape[2]], mode: InterpolationMode.Bilinear,
                align_corners: false);
            return features.call(scaled.flip(1).mul(255).sub(mean)).MoveToOuterDisposeScope();
        }

        static Tensor MeanImage(string file)
        {
            var initializers = OnnxFile.Read(file).Model.Graph.Initializers;
            var reader = new TensorReader(new(Path.GetDirectoryName(file)!));
            return reader.Read(initializers.Single(tensor => tensor.Name == "MeanImage")).DetachFromDisposeScope();
        }
    }
}
