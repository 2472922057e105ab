using Ensembles.Attacks;
using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Removal;

public class CannyTests
{
    static Tensor Step(float height) =>
        (arange(12).ge(6).to_type(ScalarType.Float32) * height).view(1, 1, 1, 12).repeat(1, 1, 12, 1);

    /// <summary>A step between the columns 5 and 6 is as steep on both, and the first of the two stays.</summary>
    [Fact]
    public void A_step_has_an_edge_of_one_pixel()
    {
        using var scope = NewDisposeScope();
        using var transform = new CannyTransform();
        var expected = arange(12).eq(5).to_type(ScalarType.Float32).view(1, 1, 1, 12).repeat(1, 1, 12, 1);
        TensorAssert.Near(expected, transform.call(Step(1)), 0);
        TensorAssert.Near(expected.transpose(2, 3), transform.call(Step(1).transpose(2, 3)), 0);
    }

    /// <summary>Diagonal steps of both directions have edges one pixel thick across.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_diagonal_step_is_thin_too(bool mirrored)
    {
        using var scope = NewDisposeScope();
        using var transform = new CannyTransform();
        var place = arange(16);
        var image = place.view(-1, 1).gt(place).to_type(ScalarType.Float32).view(1, 1, 16, 16);
        var edges = transform.call(mirrored ? image.flip(3) : image).narrow(2, 3, 10).narrow(3, 3, 10);
        var inRow = edges.sum(3);
        Assert.True(inRow.ge(1).all().item<bool>() && inRow.le(2).all().item<bool>());
    }

    /// <summary>
    /// A step that fades from 1 to 0.3 along itself is an edge for as long as it is above the low threshold, for it
    /// begins above the high one; the faint part alone is none.
    /// </summary>
    [Fact]
    public void A_faint_edge_counts_where_a_strong_one_leads_to_it()
    {
        using var scope = NewDisposeScope();
        using var transform = new CannyTransform(low: 0.1, high: 0.3);
        var fading = Step(1) * linspace(1, 0.4, 12).view(1, 1, 12, 1);
        Assert.Equal(12, transform.call(fading).sum(3).ge(1).sum().item<long>());
        Assert.Equal(0, transform.call(Step(0.4f)).sum().item<float>());
        Assert.True(new CannyTransform(0.1, 0.1).call(Step(0.4f)).sum().item<float>() >= 12);
    }

    [Fact]
    public void Edges_are_0_or_1_and_the_same_in_every_channel_and_none_where_nothing_changes()
    {
        using var scope = NewDisposeScope();
        using var transform = new CannyTransform(0.02, 0.05);
        var edges = transform.call(rand(3, 3, 9, 14));
        Assert.Equal([3, 3, 9, 14], edges.shape);
        Assert.True(edges.eq(0).logical_or(edges.eq(1)).all().item<bool>());
        Assert.True(edges.eq(1).any().item<bool>());
        Assert.True(edges.narrow(1, 0, 1).eq(edges).all().item<bool>());
        Assert.Equal(0, transform.call(full(2, 1, 6, 6, 0.7f)).sum().item<float>());
    }

    [Fact]
    public void Falls_to_an_attack_through_its_soft_thresholds_further_than_to_the_identity()
    {
        using var training = Bars.Make(240, seed: 1);
        using var held = Bars.Make(60, seed: 2);
        using var soft = new OnEdges(new CannyTransform());
        using var identity = new OnEdges(new TakenForIdentity(new CannyTransform()));
        soft.Train(training, new TrainingOptions { Seed = 1, Epochs = 10, LearningRate = 3e-3 });
        identity.load_state_dict(soft.state_dict());
        identity.eval();
        var pgd = new Pgd { Steps = 40, Loss = AttackLoss.Margin };
        double Robust(Classifier classifier, double epsilon) => UnderAttack.Robust(classifier, held, epsilon, pgd);

        Assert.InRange(Bars.Accuracy(soft, held), 0.9, 1);
        Assert.InRange(Robust(soft, 0.2), 0, Robust(identity, 0.2));
        Assert.InRange(Robust(soft, 0.35), 0, 0.1);
    }

    sealed class OnEdges(InputTransform edges) : NetworkClassifier(Bars.Networks)
    {
        public override InputTransform Transform { get; } = edges;
    }

    [Fact]
    public void Impossible_numbers_and_other_shapes_are_refused()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new CannyTransform(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CannyTransform(0.3, 0.2));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CannyTransform(0.3, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CannyTransform(0.1, 0.2, 0));
        Assert.Throws<ArgumentException>(() => new CannyTransform().call(zeros(8, 8)));
    }
}
