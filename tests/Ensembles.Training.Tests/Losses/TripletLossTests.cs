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
