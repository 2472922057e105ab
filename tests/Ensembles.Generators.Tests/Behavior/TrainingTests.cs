// Declared to be trained, not to defend; what they were told to train behind is not theirs.
#pragma warning disable ENS0001, ENS0002, ENS0003, ENS0102, ENS0105

using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Generators.Tests.Behavior;

public class TrainingTests
{
    [Fact]
    public void Every_component_that_can_be_trained_is_the_gates_first_and_each_under_its_own_name()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        using var trainees = new Trainees(new Pupil(), new Watchman(), new LinearClassifier(), new Pupil());
        using var training = Stripes();
        var untrained = trainees.Fixed.parameters().First();
        using var before = untrained.detach().clone();
        var told = new Told();

        trainees.Train(training, new TrainingOptions { Epochs = 40, Progress = told, CheckpointPath = "folder" });

        Assert.Equal(["Bright: watch", "First: network", "Second: network"], told.Stages.Distinct());
        Assert.Equal(Path.Combine("folder", "First.safetensors"), trainees.First.Checkpoint);
        Assert.Equal(Path.Combine("folder", "Second.safetensors"), trainees.Second.Checkpoint);
        foreach (var pupil in new[] { trainees.First, trainees.Second })
            Assert.True(pupil.call(training.Images).argmax(1).eq(training.Labels).all().item<bool>());
        Assert.True(before.eq(untrained).all().item<bool>());
    }

    [Fact]
    public void Nothing_is_trained_without_images_or_options()
    {
        using var trainees = new Trainees(new Pupil(), new Watchman(), new LinearClassifier(), new Pupil());
        using var training = Stripes();

        Assert.Throws<ArgumentNullException>(() => trainees.Train(null!, new TrainingOptions()));
        Assert.Throws<ArgumentNullException>(() => trainees.Train(training, null!));
        Assert.Null(trainees.First.Checkpoint);
    }

    [Fact]
    public void A_method_of_the_ensembles_own_takes_the_place_of_the_emitted_one()
    {
        using var taught = new TaughtItsOwnWay(new Pupil());

        Assert.Equal(3, taught.Train(3));
        Assert.DoesNotContain(typeof(TaughtItsOwnWay).GetMethods(), method =>
            method.Name == "Train" && method.GetParameters().Length == 2);
    }

    [Fact]
    public void Each_is_trained_behind_the_fronts_that_it_stands_behind()
    {
        using var scope = NewDisposeScope();
        using var screened = new Screening(
            new Pupil(), new Watchman(), new Quantizer(), new Watchman(), new Lens(), new Lens());
        using var training = Stripes();

        screened.Train(training, new TrainingOptions());

        Assert.Same(screened.Coarse, screened.First.Front);
        Assert.Equal([screened.Coarse, screened.First], ((TransformChain)screened.Second.Front!).Layers);
        Assert.Equal(
            [screened.Coarse, screened.First, screened.Second], ((TransformChain)screened.Member.Front!).Layers);
        Assert.Null(screened.Before.Front);
        Assert.Equal(3, ((TransformChain)screened.Behind.Front!).Layers.Count);
    }

    /// <summary>Three classes of images, told apart by the bright row.</summary>
    static LabeledImages Stripes()
    {
        var images = zeros(6, 1, 4, 4);
        var labels = tensor(new long[] { 0, 1, 2, 0, 1, 2 });
        for (var i = 0; i < 6; i++)
            images[i, 0, i % 3] = 0.9f;
        return new LabeledImages(images, labels, 3);
    }

    sealed class Told : IProgress<TrainingProgress>
    {
        public List<string> Stages { get; } = [];

        public void Report(TrainingProgress value) => Stages.Add(value.Stage);
    }
}

/// <summary>A linear classifier that learns by gradient descent.</summary>
[Defense(Category.FeatureSeparation)]
[Claims<Steadiness>]
public sealed class Pupil : LinearClassifier, ITrainable
{
    public string? Checkpoint { get; private set; }

    public InputTransform? Front { get; private set; }

    public void Train(ILabeledImages training, TrainingOptions options)
    {
        var (images, labels) = training is LabeledImages all ? (all.Images, all.Labels)
            : throw new NotSupportedException("Steps on all images at once need them in memory.");
        (Checkpoint, Front) = (options.CheckpointPath, options.Front);
        using var descent = optim.SGD(parameters(), learningRate: 1);
        for (var epoch = 1; epoch <= options.Epochs; epoch++)
        {
            using var scope = NewDisposeScope();
            descent.zero_grad();
            var loss = functional.cross_entropy(call(images), labels);
            loss.backward();
            descent.step();
            options.Progress?.Report(new("network", epoch, options.Epochs, 1, 1, loss.item<float>(), 0));
        }
    }
}

/// <summary>A detector that is trained through the interface alone.</summary>
[Defense(Category.Detection)]
public sealed class Watchman() : Detector(nameof(Watchman)), ITrainable
{
    public InputTransform? Front { get; private set; }

    public override Tensor forward(Tensor images) => images.mean([1, 2, 3]);

    void ITrainable.Train(ILabeledImages training, TrainingOptions options)
    {
        Front = options.Front;
        options.Progress?.Report(new("watch", 1, 1, 1, 1, 0, 0));
    }
}

/// <summary>A transform that is trained.</summary>
[Defense(Category.NonRobustFeatures)]
public sealed class Lens() : InputTransform(nameof(Lens)), ITrainable
{
    public InputTransform? Front { get; private set; }

    public override Tensor forward(Tensor images) => images * 0.9;

    public void Train(ILabeledImages training, TrainingOptions options) => Front = options.Front;
}

[Ensemble<MeanLogit>]
public partial class Trainees
{
    [Member] public partial Pupil First { get; }
    [Gate] public partial Watchman Bright { get; }
    [Member] public partial LinearClassifier Fixed { get; }
    [Member] public partial Pupil Second { get; }
}

[Ensemble<MeanLogit>]
public partial class Screening
{
    [Member] public partial Pupil Member { get; }
    [Gate] public partial Watchman Before { get; }
    [Front] public partial Quantizer Coarse { get; }
    [Gate(BehindFronts = true)] public partial Watchman Behind { get; }
    [Front] public partial Lens First { get; }
    [Front] public partial Lens Second { get; }
}

[Ensemble<MeanLogit>]
public partial class TaughtItsOwnWay
{
    [Member] public partial Pupil Only { get; }

    public int Train(int lessons) => lessons;
}
