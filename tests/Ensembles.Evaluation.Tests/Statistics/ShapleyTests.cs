namespace Ensembles.Evaluation.Tests.Statistics;

public class ShapleyTests
{
    /// <summary>Of nobody, a, b, ab, c, ac, bc, abc.</summary>
    static readonly double[] worth = [0.1, 0.3, 0.2, 0.5, 0.1, 0.3, 0.25, 0.6];

    [Fact]
    public void Shares_of_three_players()
    {
        var shares = Shapley.Shares(worth);
        Assert.Equal(0.266667, shares[0], 1e-6);
        Assert.Equal(0.191667, shares[1], 1e-6);
        Assert.Equal(0.041667, shares[2], 1e-6);
        Assert.Equal(worth[^1] - worth[0], shares.Sum(), 1e-12);
    }

    [Fact]
    public void Pairs_of_three_players()
    {
        // a and b: (0.5 - 0.3 - 0.2 + 0.1) / 2 + (0.6 - 0.3 - 0.25 + 0.1) / 2.
        Assert.Equal(0.125, Shapley.Interaction(worth, 0, 1), 1e-12);
        Assert.Equal(0.125, Shapley.Interaction(worth, 1, 0), 1e-12);
        // a and c: (0.3 - 0.3 - 0.1 + 0.1) / 2 + (0.6 - 0.5 - 0.25 + 0.2) / 2.
        Assert.Equal(0.025, Shapley.Interaction(worth, 0, 2), 1e-12);
    }

    [Fact]
    public void Who_adds_nothing_gets_nothing_and_who_adds_the_same_the_same()
    {
        // Worth of a team of five: 1 where 0 and 1 are both in it, 2 more for 2, nothing for 3 and 4.
        double[] of = [.. Enumerable.Range(0, 32).Select(team => ((team & 3) == 3 ? 1.0 : 0) + (team >> 2 & 1) * 2)];
        var shares = Shapley.Shares(of);
        double[] expected = [0.5, 0.5, 2, 0, 0];
        for (var i = 0; i < 5; i++)
            Assert.Equal(expected[i], shares[i], 1e-12);
        Assert.Equal(1, Shapley.Interaction(of, 0, 1), 1e-12);
        Assert.Equal(0, Shapley.Interaction(of, 0, 2), 1e-12);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(6)]
    public void Other_numbers_of_teams_are_refused(int teams) =>
        Assert.Throws<ArgumentException>(() => Shapley.Shares(new double[teams]));

    [Fact]
    public void The_bootstrap_of_a_share_is_as_wide_as_its_normal_interval()
    {
        double[] flags = [.. Enumerable.Range(0, 400).Select(i => i % 4 == 0 ? 1.0 : 0)];
        var estimate = Estimate.Bootstrap(flags, seed: 3);
        // 0.25 +- 1.96 sqrt(0.25 0.75 / 400) = 0.25 +- 0.0424
        Assert.Equal(0.25, estimate.Value);
        Assert.Equal(0.2076, estimate.Low!.Value, 0.005);
        Assert.Equal(0.2924, estimate.High!.Value, 0.005);
        Assert.Equal(estimate, Estimate.Bootstrap(flags, seed: 3));
    }
}
