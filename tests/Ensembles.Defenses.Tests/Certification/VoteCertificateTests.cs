using static Ensembles.Defenses.Tests.Fixtures.SmallVotes;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Certification;

public class VoteCertificateTests
{
    static readonly Dictionary<string, VotingRule> rules = new()
    {
        [nameof(MeanLogit)] = VotingRule.From<MeanLogit>(),
        [nameof(MeanProbability)] = VotingRule.From<MeanProbability>(),
        [nameof(WeightedMean)] = VotingRule.From<WeightedMean>(),
        [nameof(MajorityVote)] = VotingRule.From<MajorityVote>(),
        [nameof(Quorum)] = VotingRule.From<Quorum>(),
        [nameof(MedianLogit)] = VotingRule.From<MedianLogit>(),
        [nameof(MaxMin)] = VotingRule.From<MaxMin>(),
        [nameof(Product)] = VotingRule.From<Product>(),
        [nameof(StackedMean)] = VotingRule.From<StackedMean>(),
    };

    public static TheoryData<string> Rules => [.. rules.Keys];

    static readonly EnsembleCertifier certifier = new() { Tolerance = 8e-3 };

    [Theory]
    [MemberData(nameof(Rules))]
    public void No_image_of_a_grid_over_the_ball_changes_the_vote(string rule)
    {
        using var scope = NewDisposeScope();
        var components = Ensemble(rule, Member(1), Member(2), Member(3));
        var images = SomeImages();
        var certificate = certifier.Certify(components, images);
        Assert.NotNull(certificate.Strict);

        var labels = certificate.Lenient.Labels;
        Assert.True(labels.Equals(Decide(components, images)));
        var (smallest, proven) = (0.0, 0.0);
        foreach (var share in new[] { 0.5, 1.0 })
            Assert.True(Kept(components, images, labels, share * certificate.Lenient.Radii).all().item<bool>());
        for (var i = 0; i < Count; i++)
        {
            var radius = certificate.Lenient.Radii[i].item<double>();
            proven += radius;
            smallest += Changes(components, images.narrow(0, i, 1), labels.narrow(0, i, 1));
        }

        // The grid finds a change not much further than what is proven; one that proves nothing would show here.
        Assert.InRange(proven / smallest, 0.3, 1);
    }

    [Fact]
    public void A_majority_of_sure_members_is_proven_whatever_the_third_says()
    {
        using var scope = NewDisposeScope();
        var images = SomeImages();
        var sure = Ensemble(nameof(MajorityVote), Member(1), Member(1), Noise.Of());
        var certificate = certifier.Certify(sure, images);
        var alone = new BoundCertifier(certifier.Bounds) { Tolerance = 8e-3 }.Certify(Member(1), images);

        Assert.Contains("random", Assert.Single(certificate.Unbounded).Value);
        Assert.True(certificate.Lenient.Labels.Equals(alone.Labels));
        Assert.True((alone.Radii - certificate.Lenient.Radii).abs().le(1e-9).all().item<bool>());
        // A mean is never proven with a member that may say anything, and three may always be outvoted by one.
        var mean = certifier.Certify(Ensemble(nameof(MeanLogit), Member(1), Member(1), Noise.Of()), images);
        Assert.Equal(0, mean.Lenient.Radii.max().item<double>());
    }

    [Fact]
    public void A_mean_is_proven_as_far_as_its_worst_member_and_further()
    {
        using var scope = NewDisposeScope();
        var images = SomeImages();
        UndefendedClassifier[] members = [Member(1), Member(2), Member(3)];
        var certified = certifier.Certify(Ensemble(nameof(MeanLogit), members), images).Lenient;
        var alone = members.Select(member => new BoundCertifier(certifier.Bounds) { Tolerance = 8e-3 }
            .Certify(member, images)).ToArray();
        var each = stack([.. alone.Select(own => own.Radii * own.Labels.eq(certified.Labels))]);

        // Where all members have the label, the sum of their differences is positive as far as the least of them.
        Assert.True(certified.Radii.ge(each.amin([0]) - 8e-3).all().item<bool>());
        Assert.True(certified.Radii.gt(each.amin([0]) + 0.02).any().item<bool>());
    }

    [Fact]
    public void Behind_a_front_members_are_bounded_through_it()
    {
        using var scope = NewDisposeScope();
        var images = SomeImages();
        var front = new BitDepthTransform(2);
        front.eval();
        var components = new Components(
            [new("Front", front), new("A", Member(1)), new("B", Member(2))], VotingRule.From<MeanLogit>(),
            full(2, 0.5f), quorum: 1);
        var certificate = certifier.Certify(components, images).Lenient;

        Assert.True(Kept(components, images, certificate.Labels, certificate.Radii).all().item<bool>());
        Assert.True(certificate.Radii.max().item<double>() > 0.05);
    }

    [Fact]
    public void With_a_gate_that_is_bounded_strict_holds_and_without_it_says_why_not()
    {
        using var scope = NewDisposeScope();
        var images = SomeImages();
        // The brightest image is only just accepted.
        var threshold = images.mean([1, 2, 3]).max() + 0.003f;
        var (bounded, opaque) = (Gated(new Brightness()), Gated(new Opaque()));
        var certificate = certifier.Certify(bounded, images);
        var lenient = certifier.Certify(opaque, images);

        Assert.Null(certificate.WhyNotStrict);
        Assert.True(certificate.Strict!.Radii.le(certificate.Lenient.Radii).all().item<bool>());
        Assert.True(certificate.Strict.Radii.lt(certificate.Lenient.Radii).any().item<bool>());
        Assert.True(certificate.Strict.Radii.max().item<double>() > 0.01);
        Assert.True(Kept(bounded, images, certificate.Strict.Labels, certificate.Strict.Radii).all().item<bool>());
        Assert.True(Kept(bounded, images, certificate.Lenient.Labels, certificate.Lenient.Radii, orRejected: true)
            .all().item<bool>());

        Assert.Null(lenient.Strict);
        Assert.Contains("Opaque", lenient.WhyNotStrict);
        Assert.Contains("reject", lenient.Lenient.Remark);

        Components Gated(Detector gate)
        {
            gate.eval();
            return new(
                [new("Gate", gate, threshold.view(1)), new("A", Member(1)), new("B", Member(2))],
                VotingRule.From<MeanLogit>(), full(2, 0.5f), quorum: 1);
        }
    }

    [Fact]
    public void Smoothing_takes_the_whole_with_its_rejections()
    {
        using var scope = NewDisposeScope();
        var gate = new Opaque();
        gate.eval();
        var components = new Components(
            [new("Gate", gate, tensor([0.6f])), new("A", Member(1)), new("B", Noise.Of()), new("C", Member(1))],
            VotingRule.From<MajorityVote>(), full(3, 1 / 3f), quorum: 1);
        // An image that the members are sure of, and one that the gate rejects.
        var images = SomeImages();
        var radii = certifier.Certify(Ensemble(nameof(MeanLogit), Member(1)), images).Lenient.Radii
            .masked_fill(images.mean([1, 2, 3]).gt(0.5), 0.0);
        var sure = images.narrow(0, radii.argmax().item<long>(), 1);
        var certificate = new RandomizedSmoothing(0.02) { Counting = 1000 }
            .Certify(components, cat([sure, full(1, 1, 2, 2, 0.75f)]));

        Assert.Equal(Member(1).call(sure).argmax().item<long>(), certificate.Labels[0].item<long>());
        // All draws alike give 2.463 sigma.
        Assert.InRange(certificate.Radii[0].item<double>(), 0.02, 0.0493);
        Assert.Equal(Decision.Reject, certificate.Labels[1].item<long>());
        Assert.Equal(0, certificate.Radii[1].item<double>());
    }

    /// <summary>
    /// A mix is proven from bounds of both members, on a grid over the ball, and of a robust member alone that is sure.
    /// </summary>
    [Fact]
    public void A_mix_is_proven_where_the_robust_member_overrules_or_both_agree()
    {
        using var scope = NewDisposeScope();
        var images = SomeImages();
        var numbers = tensor([0.1f, 0.9f, 2, 1, 0, 0.9f]);
        Components Mix(Classifier accurate) => new(
            [new("Accurate", accurate), new("Robust", Member(2))], VotingRule.From<MixedNuts>(), numbers, quorum: 1);
        var certificate = certifier.Certify(Mix(Member(1)), images).Lenient;
        Assert.True(Kept(Mix(Member(1)), images, certificate.Labels, certificate.Radii).all().item<bool>());
        Assert.True(certificate.Radii.max().item<double>() > 0.02);
        var alone = certifier.Certify(Mix(Noise.Of()), images).Lenient;
        Assert.InRange(alone.Radii.max().item<double>(), 1e-3, certificate.Radii.max().item<double>());
    }

    [Fact]
    public void A_rule_without_a_law_is_sent_to_smoothing()
    {
        using var scope = NewDisposeScope();
        var own = rules[nameof(MeanLogit)] with { Proven = _ => null };
        var components = new Components([new("A", Member(1))], own, ones(1), quorum: 1);
        var error = Assert.Throws<NotSupportedException>(() => certifier.Certify(components, SomeImages()));
        Assert.Contains(nameof(RandomizedSmoothing), error.Message);
        Assert.Contains(nameof(IVotingRule.Proven), error.Message);
    }

    static Components Ensemble(string rule, params Classifier[] members) => new(
        [.. members.Select((member, i) => new Component($"M{i}", member))], rules[rule],
        members.Length == 3 ? tensor([0.5f, 0.3f, 0.2f]) : full(members.Length, 1f / members.Length), quorum: 2);

    /// <summary>The smallest radius of those tried at which a point of the grid changes the vote; 0.5 for none.
    /// </summary>
    static double Changes(Components components, Tensor image, Tensor label)
    {
        for (var radius = 0.03; radius < 0.5; radius += 0.03)
        {
            if (!Kept(components, image, label, full(1, radius, dtype: ScalarType.Float64)).item<bool>())
                return radius;
        }

        return 0.5;
    }

    /// <summary>Answers at random.</summary>
    sealed class Noise() : Classifier(nameof(Noise)), IRandomized
    {
        public static Noise Of()
        {
            var noise = new Noise();
            noise.eval();
            return noise;
        }

        public int EotSamples => 1;

        public override Tensor forward(Tensor images) => randn(images.size(0), 3);
    }
}
