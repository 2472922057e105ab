// Declared to be trained, not to defend.
#pragma warning disable ENS0001, ENS0002, ENS0003, ENS0102

using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Generators.Tests.Behavior;

public class NestedTrainingTests
{
    static School School() => new(
        new Pupil(), new Lens(),
        new Screening(new Pupil(), new Watchman(), new Quantizer(), new Watchman(), new Lens(), new Lens()));

    [Fact]
    public void Components_inside_are_trained_too_behind_the_fronts_around_them()
    {
        using var scope = NewDisposeScope();
        using var school = School();
        using var training = new LabeledImages(Given.Images(6), arange(6) % 3, 3);
        var folder = Directory.CreateTempSubdirectory();
        var stages = new List<string>();

        try
        {
            school.Train(training, new TrainingOptions
            {
                Epochs = 1, CheckpointPath = folder.FullName, Progress = new Listening(stages),
            });

            Assert.True(Directory.Exists(Path.Combine(folder.FullName, "Class")));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        Assert.Equal(
            ["First: network", "Class: Before: watch", "Class: Behind: watch", "Class: Member: network"], stages);
        Assert.Equal(
            Path.Combine(folder.FullName, "Class", "Member.safetensors"), school.Class.Member.Checkpoint);
        Assert.Same(school.Glass, school.First.Front);
        Assert.Same(school.Glass, school.Class.Before.Front);
        Assert.Equal(
            [school.Glass, school.Class.Coarse, school.Class.First, school.Class.Second],
            Assert.IsType<TransformChain>(school.Class.Member.Front).Layers);
    }

    [Fact]
    public void Members_are_not_trained_together_over_an_ensemble_and_nothing_is_trained_then()
    {
        using var school = School();
        using var training = new LabeledImages(Given.Images(6), arange(6) % 3, 3);

        var error = Assert.Throws<NotSupportedException>(
            () => school.Train(training, new TrainingOptions { Joint = new Together() }));

        Assert.Contains("an ensemble is among the members: Class", error.Message);
        Assert.Null(school.First.Front);
        Assert.Null(school.Glass.Front);
    }

    sealed class Together : IJointTraining
    {
        public void Train(
            ILabeledImages training, TrainingOptions options, params (string Name, ITrainable Member)[] members) =>
            Assert.Fail("Nothing is trained together.");
    }

    sealed class Listening(List<string> stages) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => stages.Add(value.Stage);
    }
}

/// <summary>An ensemble with fronts of its own among the members, behind a front.</summary>
[Ensemble<MeanLogit>]
public partial class School
{
    [Member] public partial Pupil First { get; }
    [Front] public partial Lens Glass { get; }
    [Member] public partial Screening Class { get; }
}
