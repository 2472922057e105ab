using static TorchSharp.torch;

namespace Ensembles.Tests.Voting;

public class StackedMeanTests
{
    /// <summary>
    /// At the least cross-entropy no member's weight can gain: the mean of p_i(y) / sum_j w_j p_j(y) is 1 for every
    /// member that has weight, and below for the others.
    /// </summary>
    [Fact]
    public void The_weights_are_those_of_the_least_cross_entropy()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var labels = randint(0, 3, [400]);
        var right = nn.functional.one_hot(labels, 3).to_type(ScalarType.Float64);
        var noise = randn([4, 400, 3], dtype: ScalarType.Float64);
        // One member knows a little, one more, one nothing, and one contradicts.
        var knows = tensor([0.5, 1.5, 0, -2]).view(4, 1, 1);
        var weights = StackedMean.Fit(new ValidationVotes(knows * right + noise, labels, []));
        var own = (knows * right + noise).softmax(-1).gather(2, labels.view(1, -1, 1).expand(4, -1, 1)).squeeze(2);
        var gains = (own / (own * weights.unsqueeze(1)).sum([0])).mean([1]).data<double>().ToArray();
        Assert.Equal(1, weights.sum().item<double>(), 1e-9);
        Assert.True(weights.gt(1e-5).all().item<bool>());
        Assert.InRange(gains[1], 0.99, 1.01);
        Assert.True(gains[3] < 0.9 && weights[3].item<double>() < 1e-3);
        Assert.True(weights[1].item<double>() > weights[0].item<double>());
    }

    [Fact]
    public void A_member_that_holds_is_worth_more_where_attacked_images_are_given()
    {
        using var scope = NewDisposeScope();
        var labels = arange(100) % 3;
        var right = nn.functional.one_hot(labels, 3).to_type(ScalarType.Float64);
        var clean = stack([6 * right, 2 * right]);
        var attacked = stack([-6 * right, 2 * right]);
        double Second(params Tensor[] shown) =>
            StackedMean.Fit(new ValidationVotes(clean, labels, shown))[1].item<double>();
        Assert.True(Second() < 0.01);
        Assert.True(Second(attacked, attacked) > 0.5);
    }
}
