using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Perturbations;

/// <summary>One perturbation for each group of a batch.</summary>
public sealed class SharedPerturbationTests : IDisposable
{
    const double Epsilon = 0.1;

    readonly LabeledImages images = Bars.Make(30, seed: 1);
    readonly Plain classifier;

    public SharedPerturbationTests()
    {
        manual_seed(1);
        classifier = new Plain(Bars.Networks);
    }

    public void Dispose()
    {
        images.Dispose();
        classifier.Dispose();
    }

    static readonly Dictionary<string, Func<int?, SharedPerturbation>> kinds = new()
    {
        ["descent of the group"] = groups => new SharedPgdPerturbation(Epsilon, groups, steps: 5),
        ["descent of one, copied"] = groups => new CopiedPgdPerturbation(Epsilon, groups, steps: 5),
        ["noise"] = groups => new SharedNoise(Epsilon, groups),
    };

    public static TheoryData<string, int> KindsAndGroups
    {
        get
        {
            var data = new TheoryData<string, int>();
            foreach (var kind in kinds.Keys)
            {
                foreach (var groups in new[] { 1, 4, 16 })
                    data.Add(kind, groups);
            }

            return data;
        }
    }

    /// <summary>
    /// Identical bits inside a group, at most epsilon, and different ones in different groups; the images get just that
    /// and stay in [0, 1].
    /// </summary>
    [Theory]
    [MemberData(nameof(KindsAndGroups))]
    public void Images_of_a_group_receive_the_same_change(string kind, int groups)
    {
        using var scope = NewDisposeScope();
        var perturbation = kinds[kind](groups);
        var batch = Batch();
        var (groupOf, changes) = perturbation.Changes(batch, Epsilon);
        var perturbed = perturbation.Of(batch);

        Assert.Equal(Math.Min(groups, 15), changes.size(0));
        Assert.True(changes.abs().max().item<float>() <= Epsilon + 1e-7);
        for (var g = 1; g < changes.size(0); g++)
            Assert.False(changes[g].Equals(changes[0]));
        TensorAssert.Near((images.Images + changes.index_select(0, groupOf)).clamp(0, 1), perturbed, 1e-6);
        Assert.True(Norm.Linf.Distances(perturbed, images.Images).max().item<double>() <= Epsilon);
        Assert.True(perturbed.Equals(perturbation.Of(batch)));
    }

    [Theory]
    [InlineData(30, 1)]
    [InlineData(30, 4)]
    [InlineData(30, 15)]
    [InlineData(30, 30)]
    [InlineData(7, 4)]
    [InlineData(2, 4)]
    public void Groups_mix_the_classes_evenly(int count, int groups)
    {
        using var labels = tensor([.. Enumerable.Range(0, count).Select(i => (long)(i % 3))]);
        var members = MixedGroups.Of(labels, groups, seed: 5);
        Assert.Equal(Math.Min(groups, count / 2), members.Length);
        Assert.Equal(Enumerable.Range(0, count).Select(i => (long)i), members.SelectMany(m => m).Order());
        Assert.All(members, m => Assert.True(m.Select(i => i % 3).Distinct().Count() >= 2));
        for (var label = 0; label < 3; label++)
        {
            var counts = members.Select(m => m.Count(i => i % 3 == label)).ToArray();
            Assert.InRange(counts.Max() - counts.Min(), 0, 1);
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_group_for_each_image_is_projected_gradient_descent(bool randomStart)
    {
        using var scope = NewDisposeScope();
        var batch = Batch();
        var shared = new SharedPgdPerturbation(Epsilon, groups: null) { RandomStart = randomStart }.Of(batch);
        var own = new PgdPerturbation(Epsilon) { RandomStart = randomStart }.Of(batch);
        TensorAssert.Near(own, shared, 1e-6);
    }

    /// <summary>
    /// Two images of two pixels and z = (w.x, -w.x) with labels 0: the group's loss rises along -w in both. Pixels that
    /// are 0 or 1 in every image stop where no image changes any more.
    /// </summary>
    [Fact]
    public void A_change_stops_where_it_changes_no_image_of_its_group()
    {
        using var scope = NewDisposeScope();
        using var linear = new Linear();
        var clean = tensor([0f, 1f, 0.05f, 0.95f], 2, 1, 1, 2);
        var batch = new PerturbedBatch(linear, clean, tensor([0L, 0L]), new TrainingStep(1, 1, 1, 1, 0));
        var (_, changes) = new SharedPgdPerturbation(Epsilon, 1) { RandomStart = false }.Changes(batch, Epsilon);
        TensorAssert.Near(tensor([-0.05f, 0.05f], 1, 1, 1, 2), changes, 1e-6);
    }

    [Fact]
    public void Shuffled_changes_are_those_of_other_images()
    {
        using var scope = NewDisposeScope();
        var shuffled = new ShuffledPerturbation(new Numbered()).Of(Batch()) - images.Images;
        var received = (shuffled.amax([1, 2, 3]) * 1000).round().to(ScalarType.Int64).data<long>().ToArray();
        Assert.Equal(Enumerable.Range(1, 30).Select(i => (long)i), received.Order());
        Assert.All(received.Index(), r => Assert.NotEqual(r.Index + 1, r.Item));
    }

    [Fact]
    public void Half_of_the_images_stay_as_they_are()
    {
        using var scope = NewDisposeScope();
        var batch = Batch();
        var odd = batch with { Images = batch.Images.narrow(0, 0, 5), Labels = batch.Labels.narrow(0, 0, 5) };
        var step = new PgdPerturbation(Epsilon, steps: 1) { RandomStart = false };
        var (half, all) = (new HalfPerturbation(step).Of(odd), step.Of(odd));
        Assert.True(half.narrow(0, 0, 2).Equals(odd.Images.narrow(0, 0, 2)));
        TensorAssert.Near(all.narrow(0, 2, 3), half.narrow(0, 2, 3), 1e-6);
        Assert.False(half.narrow(0, 2, 3).Equals(odd.Images.narrow(0, 2, 3)));
    }

    PerturbedBatch Batch() => new(classifier, images.Images, images.Labels, new TrainingStep(1, 1, 1, 1, Seed: 3));

    sealed class Plain(INetworkFactory networks) : NetworkClassifier(networks);

    sealed class Linear() : nn.Module<Tensor, Tensor>(nameof(Linear))
    {
        public override Tensor forward(Tensor images)
        {
            using var scope = NewDisposeScope();
            var z = images.flatten(1).matmul(tensor([1f, -1f]));
            return stack([z, -z], 1).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Adds i / 1000 to a dark pixel of image i, counted from 1.</summary>
    sealed class Numbered : Perturbation
    {
        public override Tensor Of(PerturbedBatch batch)
        {
            using var scope = NewDisposeScope();
            var numbers = (arange(batch.Images.size(0)) + 1).to(ScalarType.Float32).view(-1, 1, 1, 1) / 1000;
            return (batch.Images + numbers * batch.Images.eq(0)).MoveToOuterDisposeScope();
        }
    }
}
