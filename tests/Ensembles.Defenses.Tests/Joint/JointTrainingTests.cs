using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Joint;

/// <summary>What holds for members that are trained together, whatever joins them.</summary>
public sealed class JointTrainingTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles").FullName;
    readonly LabeledImages images = Bars.Make(48, seed: 1);

    static readonly Dictionary<string, Func<JointTraining>> methods = new()
    {
        [nameof(AdaptiveDiversity)] = () => new AdaptiveDiversity(),
        [nameof(GradientDiversity)] = () => new GradientDiversity(),
        [nameof(ReducedTransfer)] = () => new ReducedTransfer(epsilon: 0.1),
        [nameof(DiversifiedVulnerability)] = () => new DiversifiedVulnerability(epsilon: 0.1, steps: 2) { Plain = 0 },
        [nameof(InteractiveTraining)] = () => new InteractiveTraining(epsilon: 0.1, steps: 2),
        ["on perturbed images"] = () => new AdaptiveDiversity { Perturbation = new PgdPerturbation(0.1, steps: 2) },
        ["carried and perturbed"] = () => new DiversifiedVulnerability(epsilon: 0.1, steps: 2)
        {
            Plain = 0,
            Perturbation = new PgdPerturbation(0.1, steps: 2),
        },
    };

    public static TheoryData<string> Names => [.. methods.Keys];

    static TrainingOptions Run => new() { Seed = 5, Epochs = 3, BatchSize = 16, LearningRate = 3e-3 };

    public void Dispose()
    {
        images.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    [Fact]
    public void Every_method_is_among_those_tested() => Assert.Equal(
        typeof(AdaptiveDiversity).Assembly.GetExportedTypes()
            .Where(type => type.IsAssignableTo(typeof(JointTraining))).Select(type => type.Name).Order(),
        methods.Values.Select(make => make().GetType().Name).Distinct().Order());

    /// <summary>
    /// With nothing that joins them, members end with the bits of those trained alone: losses of their own, images that
    /// they perturb themselves, and fronts included.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Own_losses_alone_train_each_member_as_by_itself(bool behindFront)
    {
        using var front = new GaussianBlurTransform(0.8);
        var options = behindFront ? Run.Behind(front) : Run;
        NetworkClassifier[] together = Members(), alone = Members();
        new Unjoined().Train(
            images, options, [.. together.Select((member, i) => ($"M{i}", (ITrainable)member))]);
        foreach (var (joined, member) in together.Zip(alone))
        {
            member.Train(images, options);
            TensorAssert.SameState(member, joined);
            Assert.False(joined.training);
            member.Dispose();
            joined.Dispose();
        }

        static NetworkClassifier[] Members()
        {
            random.manual_seed(1);
            return
            [
                new UndefendedClassifier(Bars.Networks),
                new CenterLossClassifier(Bars.Networks),
                new PgdAdversarialClassifier(Bars.Networks, epsilon: 0.1, steps: 2),
                new SmoothedClassifier(Bars.Networks, deviation: 0.1, copies: 3)
                {
                    Perturbation = new SmoothedPgdPerturbation(deviation: 0.1, epsilon: 0.1, steps: 2, draws: 2),
                },
                new UndefendedClassifier(Bars.Networks) { WeightPerturbation = new WeightPerturbation(0.01) },
            ];
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_run_that_is_stopped_ends_with_the_same_bits(string name)
    {
        var (a, b) = Pair();
        methods[name]().Train(images, Run, ("A", a), ("B", b));
        var options = Run with { CheckpointPath = folder };
        using var stop = new CancellationTokenSource();
        var batches = 0;
        var progress = new Immediately(at =>
        {
            Assert.StartsWith("all members: ", at.Stage);
            if (++batches == 5)
                stop.Cancel();
        });
        var (stoppedA, stoppedB) = Pair();
        Assert.Throws<OperationCanceledException>(() => methods[name]().Train(
            images, options with { Progress = progress, Cancellation = stop.Token }, ("A", stoppedA), ("B", stoppedB)));
        var (resumedA, resumedB) = Pair(seed: 9);
        methods[name]().Train(images, options, ("A", resumedA), ("B", resumedB));
        TensorAssert.SameState(a, resumedA);
        TensorAssert.SameState(b, resumedB);

        // Another method's checkpoint is another run's.
        var message = Assert.Throws<InvalidOperationException>(
            () => new Unjoined().Train(images, options, ("A", resumedA), ("B", resumedB))).Message;
        Assert.Contains("Recipe", message);
        foreach (var member in new[] { a, b, stoppedA, stoppedB, resumedA, resumedB })
            member.Dispose();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Epochs_leave_no_tensors_behind(string name)
    {
        var (a, b) = Pair();
        methods[name]().Train(images, Run with { Epochs = 1 }, ("A", a), ("B", b));
        var before = Live();
        methods[name]().Train(images, Run with { Epochs = 1 }, ("A", a), ("B", b));
        var after = Live();
        methods[name]().Train(images, Run, ("A", a), ("B", b));
        Assert.Equal(after - before, Live() - after);
        a.Dispose();
        b.Dispose();
    }

    /// <summary>
    /// What stands before a member's network is trained first and then stays. Of the images that a method seeks batch
    /// normalisation learns nothing: in each of three batches it sees the images, and those that were found.
    /// </summary>
    [Fact]
    public void Transforms_are_trained_first_and_sought_images_leave_no_trace()
    {
        random.manual_seed(1);
        using var a = new Cleaned(
            new SmallCnnFactory(1, Bars.Size, Bars.Classes) { Normalization = Normalization.Batch });
        using var b = new UndefendedClassifier(Bars.Networks);
        using var before = a.Transform.parameters().First().detach().clone();
        var stages = new List<string>();
        var options = Run with { Epochs = 1, Progress = new Immediately(at => stages.Add(at.Stage)) };
        new ReducedTransfer(epsilon: 0.1, smoothness: 0).Train(images, options, ("A", a), ("B", b));
        Assert.StartsWith("A: transform: ", stages[0]);
        Assert.All(a.Transform.parameters(), p => Assert.False(p.requires_grad));
        Assert.False(before.Equals(a.Transform.parameters().First()));
        var seen = a.named_buffers().Where(b => b.name.EndsWith("num_batches_tracked", StringComparison.Ordinal));
        Assert.All(seen, b => Assert.Equal(6, b.buffer.item<long>()));
        Assert.NotEmpty(seen);
    }

    /// <summary>A member with a training of its own is trained by itself before the others.</summary>
    [Fact]
    public void Members_with_a_training_of_their_own_keep_it()
    {
        var (a, b) = Pair();
        using var distilled = new DistilledClassifier(Bars.Networks);
        var stages = new HashSet<string>();
        var options = Run with { Progress = new Immediately(at => stages.Add(at.Stage)) };
        new AdaptiveDiversity().Train(images, options, ("A", a), ("Old", distilled), ("B", b));
        Assert.Equal(["Old: network", "Old: teacher", "all members: network"], stages.Order(StringComparer.Ordinal));
        var message = Assert.Throws<ArgumentException>(
            () => new AdaptiveDiversity().Train(images, options, ("A", a), ("Old", distilled))).Message;
        Assert.Contains("two or more", message);
        a.Dispose();
        b.Dispose();
    }

    static long Live() => DisposeScopeManager.Statistics.TensorStatistics.ThreadTotalLiveCount;

    static (NetworkClassifier A, NetworkClassifier B) Pair(int seed = 1)
    {
        random.manual_seed(seed);
        return (new UndefendedClassifier(Bars.Networks), new UndefendedClassifier(Bars.Networks));
    }

    sealed class Immediately(Action<TrainingProgress> report) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value) => report(value);
    }

    sealed class Cleaned(INetworkFactory networks) : NetworkClassifier(networks)
    {
        public override InputTransform Transform { get; } = new DenoisingAutoencoderTransform(1);
    }

    sealed class Unjoined : JointTraining
    {
        public override Tensor Of(JointBatch batch) => batch.OwnLosses;
    }
}
