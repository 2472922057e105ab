using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Training.Tests;

public sealed class TrainerTests : IDisposable
{
    readonly LabeledImages images = Bars.Make(60, seed: 1);
    readonly LabeledImages validation = Bars.Make(30, seed: 2);

    public void Dispose()
    {
        images.Dispose();
        validation.Dispose();
    }

    static TrainingOptions Options => new() { Seed = 1, Epochs = 6, BatchSize = 30, LearningRate = 3e-3 };

    [Fact]
    public void Hooks_see_every_step_and_share_of_the_run_before_the_loss_and_before_the_update()
    {
        using var classifier = Make();
        var hook = new Recording();
        classifier.Train(images, Options with { Epochs = 2, Hooks = [hook] });
        Assert.Equal(
            [
                "loss 0", "update 0", "loss 0.25", "update 0.25", "loss 0.5", "update 0.5", "loss 0.75", "update 0.75",
            ],
            hook.Seen);
    }

    sealed class Recording : ITrainingHook
    {
        public List<string> Seen { get; } = [];

        public void BeforeLoss(TrainingBatch batch) =>
            Seen.Add(FormattableString.Invariant($"loss {batch.Step.Share}"));

        public void BeforeUpdate(TrainingBatch batch) =>
            Seen.Add(FormattableString.Invariant($"update {batch.Step.Share}"));
    }

    /// <summary>Weights that a hook spoils from the fourth epoch on are not those that the run ends with.</summary>
    [Fact]
    public void The_best_weights_are_kept_and_training_stops_when_it_gets_no_further()
    {
        using var spoiled = Make();
        using var good = Make();
        var epochs = 0;
        var options = Options with { Epochs = 20, Schedule = new ConstantSchedule() };
        spoiled.Train(images, options with
        {
            Validation = new Validation(validation) { Patience = 2 },
            Hooks = [new Spoiling(spoiled)],
            Progress = new ImmediateProgress<TrainingProgress>(p => epochs = p.Epoch),
        });
        // Nothing is better after the third epoch at the latest, and two epochs of patience follow.
        Assert.InRange(epochs, 3, 5);
        good.Train(images, options with { Epochs = epochs - 2 });
        TensorAssert.SameState(good, spoiled);
    }

    sealed class Spoiling(Classifier classifier) : ITrainingHook
    {
        public void BeforeLoss(TrainingBatch batch)
        {
            using var noGradient = no_grad();
            if (batch.Step.Epoch < 4)
                return;
            foreach (var parameter in classifier.parameters())
                parameter.zero_();
        }
    }

    /// <summary>
    /// Images come in the same parts wherever they are, so that an attack that draws finds the same of them.
    /// </summary>
    [Fact]
    public void Validation_measures_images_elsewhere_as_it_measures_them_in_memory()
    {
        using var classifier = Make();
        classifier.Train(images, Options);
        using var many = Bars.Make(600, seed: 2);
        var attack = new Pgd { Steps = 1 };
        var threat = new ThreatModel(Norm.Linf, 0.1);
        var inMemory = new Validation(many) { Attack = attack, Threat = threat };
        var elsewhere = new Validation(new Elsewhere(many)) { Attack = attack, Threat = threat };
        var figure = inMemory.Measure(classifier, CPU, 1, default);
        Assert.InRange(figure, 0.1, 0.9);
        Assert.Equal(figure, elsewhere.Measure(classifier, CPU, 1, default));
    }

    sealed class Elsewhere(LabeledImages images) : ILabeledImages
    {
        public int Count => images.Count;

        public int ClassCount => images.ClassCount;

        public Tensor Labels => images.Labels;

        public LabeledImages Select(ReadOnlySpan<long> indices) => images.Select(indices);

        public void Dispose()
        {
        }
    }

    /// <summary>Measured by hand: right when clean, and right after the attack.</summary>
    [Fact]
    public void Validation_under_an_attack_measures_robust_accuracy_of_all_images()
    {
        using var scope = NewDisposeScope();
        using var classifier = Make();
        classifier.Train(images, Options);
        var measured = new Validation(validation) { Attack = new Fgsm(), Threat = new ThreatModel(Norm.Linf, 0.2) };
        using var result = new Fgsm().Run(classifier, validation.Images, validation.Labels, measured.Threat);
        using var noGradient = no_grad();
        var right = classifier.call(result.Images).argmax(1).eq(validation.Labels)
            .logical_and(classifier.call(validation.Images).argmax(1).eq(validation.Labels));
        var expected = right.sum().item<long>() / 30.0;
        Assert.Equal(expected, measured.Measure(classifier, CPU, 0, default));
        Assert.InRange(expected, 0, Bars.Accuracy(classifier, validation) - 0.01);
        var clean = new Validation(validation).Measure(classifier, CPU, 0, default);
        Assert.Equal(Bars.Accuracy(classifier, validation), clean, 1e-9);
    }

    [Fact]
    public void Progress_and_checkpoints_of_a_component_carry_its_name()
    {
        var stages = new List<string>();
        var options = Options with
        {
            CheckpointPath = "folder",
            Progress = new ImmediateProgress<TrainingProgress>(p => stages.Add(p.Stage)),
        };
        var component = options.For("Edges");
        component.Progress!.Report(new TrainingProgress("network", 1, 1, 1, 1, 0, 0));
        Assert.Equal(["Edges: network"], stages);
        Assert.Equal(Path.Combine("folder", "Edges.safetensors"), component.CheckpointPath);
        Assert.Null(new TrainingOptions().For("Edges").CheckpointPath);
    }

    [Fact]
    public void Impossible_options_are_refused()
    {
        using var classifier = Make();
        foreach (var options in new[]
        {
            Options with { GradientClipping = 0 },
            Options with { WeightAveraging = 1 },
            Options with { Optimizer = new SgdOptimizer { Momentum = 1 } },
            Options with { Optimizer = new AdamOptimizer { WeightDecay = -1 } },
            Options with { Optimizer = new AdamOptimizer { LearningRate = 0 } },
            Options with { Validation = new Validation(validation) { Attack = new Fgsm() } },
            Options with { Validation = new Validation(validation) { Patience = 0 } },
        })
            Assert.ThrowsAny<ArgumentException>(() => classifier.Train(images, options));
    }

    static Plain Make()
    {
        manual_seed(1);
        return new Plain(Bars.Networks);
    }

    sealed class Plain(INetworkFactory networks) : NetworkClassifier(networks);
}
