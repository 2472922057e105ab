using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Losses;

public class TripletLossTests
{
    [Fact]
    public void The_distance_is_0_to_the_same_and_the_opposite_direction_and_1_to_a_right_angle()
    {
        using var scope = NewDisposeScope();
        var u = tensor(new float[,] { { 1, 2 }, { 1, 2 }, { 1, 2 } });
        var v = tensor(new float[,] { { 3, 6 }, { -1, -2 }, { -2, 1 } });
        TensorAssert.Near(tensor([0f, 0, 1]), TripletLoss.Distance(u, v), 1e-6);
        manual_seed(1);
        var distances = TripletLoss.Distance(randn(100, 3), randn(100, 3));
        Assert.True(distances.min().item<float>() >= 0 && distances.max().item<float>() <= 1);
    }

    /// <summary>
    /// D(a, p) = 1 - 0.6 and D(a, n) = 1 - 0.8: 0.2 + 0.05. The other way round the negative is 0.2 further, and the
    /// loss 0 up to a margin of 0.2.
    /// </summary>
    [Fact]
    public void The_loss_is_0_where_the_negative_is_further_by_the_margin()
    {
        using var scope = NewDisposeScope();
        var anchor = tensor(new float[,] { { 1, 0 } });
        var (near, far) = (tensor(new float[,] { { 0.8f, 0.6f } }), tensor(new float[,] { { 0.6f, 0.8f } }));
        Assert.Equal(0.25, TripletLoss.Value(anchor, far, near, 0.05).item<float>(), 1e-6);
        Assert.Equal(0, TripletLoss.Value(anchor, near, far, 0.19).item<float>());
        Assert.Equal(0.01, TripletLoss.Value(anchor, near, far, 0.21).item<float>(), 1e-6);
    }

    /// <summary>
    /// Labels 0, 1, 0, 1, 2: positives are the next of the class around the end, the image itself where it is alone.
    /// </summary>
    [Fact]
    public void Positives_are_the_next_of_the_class_and_negatives_the_most_similar_of_another()
    {
        using var scope = NewDisposeScope();
        var labels = tensor([0L, 1, 0, 1, 2]);
        manual_seed(1);
        var (anchors, clean) = (randn(5, 4), randn(5, 4));
        var (rows, positives, negatives) = TripletLoss.Triplets(anchors, clean, labels);
        Assert.Equal([0, 1, 2, 3, 4], rows.data<long>().ToArray());
        Assert.Equal([2, 3, 0, 1, 4], positives.data<long>().ToArray());
        Assert.False(labels[negatives].eq(labels).any().item<bool>());
        for (var i = 0; i < 5; i++)
        {
            var distances = TripletLoss.Distance(anchors[i].unsqueeze(0).expand(5, 4), clean);
            var nearest = distances.masked_fill(labels.eq(labels[i]), 2).argmin().item<long>();
            Assert.Equal(nearest, negatives[i].item<long>());
        }
    }

    /// <summary>Positives are the images' clean selves here; squared lengths are added.</summary>
    [Fact]
    public void Anchors_are_perturbed_and_the_others_clean()
    {
        using var scope = NewDisposeScope();
        var perturbed = tensor(new float[,] { { 1, 0 }, { 3, 4 } });
        var clean = tensor(new float[,] { { 0, 2 }, { 2, 0 } });
        var labels = tensor([0L, 1]);
        LossContext Context(Tensor h) => new(zeros(2, 1, 1, 1), h, h, labels);
        var batch = Context(perturbed).WithClean(() => Context(clean));
        // The first is 1 from its own clean image and 0 from the other: 1 + a. The second is 0.4 and 0.2: 0.2 + a.
        Assert.Equal(0.65, new TripletLoss(0.05, shortening: 0).Of(batch).item<float>(), 1e-6);
        // Squared lengths: 1 + 4 + 4 and 25 + 4 + 4.
        Assert.Equal(0.65 + 0.1 * 21, new TripletLoss(0.05, shortening: 0.1).Of(batch).item<float>(), 1e-5);
    }

    /// <summary>
    /// Whatever is drawn: the most similar of another class in the batch or the pool, and none of the anchor's own; the
    /// batch alone is a pool, too.
    /// </summary>
    [Theory]
    [InlineData(0)]
    [InlineData(30)]
    public void Negatives_of_a_pool_are_of_another_class_than_their_anchor(int drawn)
    {
        using var scope = NewDisposeScope();
        for (var seed = 1; seed <= 10; seed++)
        {
            manual_seed(seed);
            var (anchors, pool, labels) = (randn(6, 4), randn(6 + drawn, 4), randint(3, 6 + drawn));
            var (rows, positives, negatives) = TripletLoss.Triplets(anchors, pool, labels);
            Assert.Equal(drawn == 0 ? rows.size(0) : 6, rows.size(0));
            Assert.True(positives.lt(6).all().item<bool>());
            Assert.True(labels[positives].Equals(labels[rows]));
            Assert.False(labels[negatives].eq(labels[rows]).any().item<bool>());
            foreach (var (row, negative) in rows.data<long>().ToArray().Zip(negatives.data<long>().ToArray()))
            {
                var distances = TripletLoss.Distance(anchors[row].unsqueeze(0).expand(6 + drawn, 4), pool);
                Assert.Equal(
                    distances.masked_fill(labels.eq(labels[row]), 2).argmin().item<long>(), negative);
            }
        }
    }

    /// <summary>
    /// By hand: the images that the step's seed draws, their features in evaluation mode beside those of the batch, and
    /// the loss of the most similar ones, which parameters receive a gradient through.
    /// </summary>
    [Fact]
    public void Negatives_come_from_the_batch_and_from_images_drawn_by_the_seed()
    {
        using var scope = NewDisposeScope();
        using var images = Bars.Make(60, seed: 1);
        using var classifier = Make(pool: 4);
        var batch = Batch(images);
        classifier.eval();
        var loss = classifier.LossOf(batch).Loss;
        classifier.zero_grad();
        loss.backward();
        var gradient = classifier.Weight.grad!.clone();

        using var drawn = new FurtherImages(images, classifier, classifier.features).Draw(18, batch.Step.Seed);
        Assert.Equal(18, drawn.Count);
        var h = classifier.features(batch.Images);
        var all = cat([h, classifier.features(drawn.Images)]);
        var labels = cat([batch.Labels, drawn.Labels]);
        var (rows, positives, negatives) = TripletLoss.Triplets(h, all, labels);
        Assert.Contains(negatives.data<long>().ToArray(), place => place < 6);
        Assert.Contains(negatives.data<long>().ToArray(), place => place >= 6);
        var (a, p, n) = (h[rows], all[positives], all[negatives]);
        var expected = TripletLoss.Value(a, p, n, 0.05) + 2e-4 * (a.pow(2) + p.pow(2) + n.pow(2)).sum(1).mean();
        classifier.zero_grad();
        expected.backward();
        TensorAssert.Near(expected.detach(), loss.detach(), 1e-5);
        TensorAssert.Near(classifier.Weight.grad!, gradient, 1e-5);
    }

    /// <summary>The pool is drawn anew from the step alone: a run that is stopped sees the same images again.</summary>
    [Fact]
    public void A_run_with_a_pool_that_is_stopped_ends_with_the_same_bits()
    {
        using var images = Bars.Make(40, seed: 1);
        var folder = Directory.CreateTempSubdirectory("ensembles").FullName;
        try
        {
            var options = new TrainingOptions { Epochs = 2, BatchSize = 10 };
            using var uninterrupted = Make(pool: 3);
            uninterrupted.Train(images, options);
            options = options with { CheckpointPath = Path.Combine(folder, "run.safetensors") };
            using var stop = new CancellationTokenSource();
            var batches = 0;
            var progress = new ImmediateProgress<TrainingProgress>(_ =>
            {
                if (++batches == 6)
                    stop.Cancel();
            });
            using var stopped = Make(pool: 3);
            Assert.Throws<OperationCanceledException>(
                () => stopped.Train(images, options with { Progress = progress, Cancellation = stop.Token }));
            using var resumed = Make(pool: 3);
            resumed.Train(images, options);
            TensorAssert.SameState(uninterrupted, resumed);
            using var narrow = Make(pool: 1);
            narrow.Train(images, options with { CheckpointPath = null });
            Assert.NotEqual(uninterrupted.Weight.data<float>().ToArray(), narrow.Weight.data<float>().ToArray());
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>A pool of one batch asks for no images beside it, and its loss is that of the batch.</summary>
    [Fact]
    public void A_pool_of_one_batch_is_the_batch()
    {
        using var scope = NewDisposeScope();
        using var images = Bars.Make(60, seed: 1);
        using var classifier = Make(pool: 1);
        classifier.eval();
        var batch = Batch(images);
        var h = classifier.features(batch.Images);
        var alone = new TripletLoss().Of(new LossContext(batch.Images, h, h, batch.Labels));
        Assert.Equal(alone.item<float>(), classifier.LossOf(batch).Loss.item<float>());
        Assert.Equal(alone.item<float>(), classifier.LossOf(batch with { Training = null }).Loss.item<float>());
        using var wide = Make(pool: 2);
        Assert.Contains("a pool of 1", Assert.Throws<InvalidOperationException>(
            () => wide.LossOf(batch with { Training = null })).Message);
        Assert.Throws<ArgumentOutOfRangeException>(() => new TripletLoss(pool: 0));
    }

    static TrainingBatch Batch(LabeledImages images) => new(
        images.Images[..6], images.Labels[..6], new TrainingStep(1, 1, 1, 1, Seed: 5)) { Training = images };

    static Separated Make(int pool)
    {
        manual_seed(1);
        return new Separated(Bars.Networks, pool);
    }

    sealed class Separated(INetworkFactory networks, int pool) : NetworkClassifier(networks)
    {
        public override TrainingLoss Loss { get; } = new TripletLoss(pool: pool);

        public Tensor Weight => parameters().First();
    }

    [Fact]
    public void A_batch_of_one_class_has_no_triplets()
    {
        using var scope = NewDisposeScope();
        var h = rand(3, 2).requires_grad_();
        var loss = new TripletLoss().Of(new LossContext(zeros(3, 1, 1, 1), h, h, zeros(3, dtype: ScalarType.Int64)));
        loss.backward();
        Assert.Equal(0, loss.item<float>());
        Assert.Equal(0, h.grad!.abs().sum().item<float>());
    }
}
