using Ensembles.Defenses.Tests.Fixtures;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Certification;

/// <summary>Certificates of ensembles that have ensembles among their members.</summary>
public class NestCertificateTests
{
    static readonly EnsembleCertifier certifier = new() { Tolerance = 8e-3 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void No_image_of_a_grid_over_the_ball_changes_the_vote(bool alone)
    {
        using var scope = NewDisposeScope();
        var images = SmallVotes.SomeImages();
        // The gate inside rejects the brighter half.
        var inner = Gated(new SmallVotes.Brightness(), images.mean([1, 2, 3]).median());
        var components = new Components(
            alone
                ? [new("Inner", inner), new("Other", Pair(1, 2))]
                : [new("Alone", SmallVotes.Member(1)), new("Inner", inner), new("Last", SmallVotes.Member(3))],
            VotingRule.From<MeanProbability>(), alone ? full(2, 0.5f) : full(3, 1 / 3f), quorum: 1);

        var certificate = certifier.Certify(components, images);

        Assert.True(certificate.Lenient.Labels.Equals(SmallVotes.Decide(components, images)));
        Assert.True(certificate.Lenient.Radii.max().item<double>() > 0.03);
        Assert.True(SmallVotes.Kept(
            components, images, certificate.Lenient.Labels, certificate.Lenient.Radii, orRejected: alone)
            .all().item<bool>());
        Assert.True(SmallVotes.Kept(components, images, certificate.Strict!.Labels, certificate.Strict.Radii)
            .all().item<bool>());
        Assert.Empty(certificate.Unbounded);
    }

    [Fact]
    public void Where_its_gate_is_never_near_it_is_the_vote_of_them_all()
    {
        using var scope = NewDisposeScope();
        var images = SmallVotes.SomeImages();
        var gated = Nest(Gated(new SmallVotes.Brightness(), tensor(2f)));
        var open = Nest(Pair(1, 2));
        var rejected = Nest(Gated(new SmallVotes.Brightness(), tensor(-1f)));

        var (certificate, expected) = (certifier.Certify(gated, images), certifier.Certify(open, images));
        var without = certifier.Certify(rejected, images);
        var last = certifier.Certify(
            new Components([new("Last", SmallVotes.Member(3))], VotingRule.From<MeanLogit>(), ones(1), 1), images);

        Assert.True(certificate.Lenient.Radii.Equals(expected.Lenient.Radii));
        Assert.False(certificate.Lenient.MayReject);
        Assert.True(certificate.Strict!.Radii.Equals(certificate.Lenient.Radii));
        // What always rejects is as good as not declared.
        Assert.True(without.Lenient.Radii.Equals(last.Lenient.Radii));
        Assert.True(without.Lenient.Labels.Equals(last.Lenient.Labels));

        static Components Nest(Components inner) => new(
            [new("Inner", inner), new("Last", SmallVotes.Member(3))], VotingRule.From<MeanLogit>(), full(2, 0.5f), 1);
    }

    [Fact]
    public void A_nest_of_mean_logits_is_proven_as_the_mean_over_all()
    {
        using var scope = NewDisposeScope();
        var images = SmallVotes.SomeImages();
        var inner = new Components(
            [new("A", SmallVotes.Member(1)), new("B", SmallVotes.Member(2))], VotingRule.From<MeanLogit>(),
            full(2, 0.5f), 1);
        var nest = new Components(
            [new("Inner", inner), new("C", SmallVotes.Member(3)), new("D", SmallVotes.Member(3))],
            VotingRule.From<MeanLogit>(), full(3, 1 / 3f), 1);
        // A half of a third each, and thirds, are one, one, two and two sixths.
        int[] seeds = [1, 2, 3, 3, 3, 3];
        var level = new Components(
            [.. seeds.Select((seed, i) => new Component($"M{i}", SmallVotes.Member(seed)))],
            VotingRule.From<MeanLogit>(), full(6, 1 / 6f), 1);

        var (nested, flat) = (certifier.Certify(nest, images).Lenient, certifier.Certify(level, images).Lenient);

        Assert.True((nested.Radii - flat.Radii).abs().le(8e-3).all().item<bool>());
        Assert.True(nested.Radii.max().item<double>() > 0.03);
    }

    [Fact]
    public void What_cannot_be_bounded_inside_may_abstain_and_says_why()
    {
        using var scope = NewDisposeScope();
        var images = SmallVotes.SomeImages();
        var opaque = Gated(new SmallVotes.Opaque(), tensor(2f));
        var unknown = new Components(
            [new("A", SmallVotes.Member(1))], VotingRule.From<MeanLogit>() with { LogitsWithin = _ => null }, ones(1),
            1);
        var nest = Majority(new("Inner", opaque), new("Odd", unknown));

        var certificate = certifier.Certify(nest, images);

        Assert.Equal(["Inner.Gate", "Odd"], certificate.Unbounded.Keys.Order());
        Assert.Contains(nameof(IVotingRule.LogitsWithin), certificate.Unbounded["Odd"]);
        // The others outvote what may say anything.
        Assert.True(certificate.Lenient.Radii.max().item<double>() > 0.02);
        Assert.True(SmallVotes.Kept(nest, images, certificate.Lenient.Labels, certificate.Lenient.Radii)
            .all().item<bool>());

        static Components Majority(params Component[] ensembles) => new(
            [
                new("First", SmallVotes.Member(1)), new("Second", SmallVotes.Member(1)),
                new("Third", SmallVotes.Member(1)), .. ensembles,
            ],
            VotingRule.From<MajorityVote>(), full(5, 0.2f), 1);
    }

    [Fact]
    public void Too_many_ensembles_at_one_level_are_refused()
    {
        using var scope = NewDisposeScope();
        var nest = new Components(
            [.. Enumerable.Range(0, 11).Select(i => new Component($"E{i}", Pair(1, 2)))],
            VotingRule.From<MeanLogit>(), full(11, 1 / 11f), 1);

        var error = Assert.Throws<NotSupportedException>(() => certifier.Certify(nest, SmallVotes.SomeImages()));

        Assert.Contains("11 ensembles", error.Message);
        Assert.Contains(nameof(RandomizedSmoothing), error.Message);
    }

    static Components Pair(int first, int second) => new(
        [new("A", SmallVotes.Member(first)), new("B", SmallVotes.Member(second))],
        VotingRule.From<MeanProbability>(), full(2, 0.5f), quorum: 1);

    static Components Gated(Detector gate, Tensor threshold)
    {
        gate.eval();
        return new(
            [
                new("Gate", gate, threshold.view(1)),
                new("A", SmallVotes.Member(1)), new("B", SmallVotes.Member(2)),
            ],
            VotingRule.From<MeanProbability>(), full(2, 0.5f), quorum: 1);
    }
}
