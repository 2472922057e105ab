using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks.Tests;

/// <summary>Modules may work in place: the images of the attack and of its caller stay what they are.</summary>
public class InPlaceTests
{
    static readonly Action<Tensor>[] works =
    [
        images => images.sub_(0.1), images => images.clamp_(0.2, 0.8), images => images.mul_(2),
        images => images.select(2, 0).mul_(0.5), images => images.add_(0.3 * images.mean([1, 2, 3], keepdim: true)),
    ];

    public static TheoryData<string> All => Attacks.All;

    [Theory]
    [MemberData(nameof(All))]
    public void An_attack_finds_what_it_finds_where_the_network_copies_its_images(string attack)
    {
        using var scope = NewDisposeScope();
        var images = Samples.Images(6);
        foreach (var work in works)
        {
            var surfaces = new[] { false, true }
                .Select(copies => AttackSurface.FromClassifier(Network(work, copies))).ToArray();
            SameFound(attack, surfaces[0], surfaces[1], images, Samples.LabelsOf(Network(work, copies: true), images));
        }
    }

    /// <summary>What one component does to its images no other component sees.</summary>
    [Theory]
    [InlineData("Square-60")]
    [InlineData("PGD-10 x 2")]
    [InlineData("HopSkipJump-3 x 20")]
    public void Members_and_gates_do_not_see_what_others_did(string attack)
    {
        using var scope = NewDisposeScope();
        var images = Samples.Images(6);
        SameFound(attack, Surface(copies: false), Surface(copies: true), images, zeros(6, dtype: ScalarType.Int64));

        static AttackSurface Surface(bool copies) => new HandmadeSurface<MeanLogit>(
            [Network(works[0], copies), Samples.Linear(seed: 1), Network(works[2], copies)],
            [(new FunctionDetector(x => (copies ? x.clone() : x).sub_(0.5).flatten(1).abs().mean([1])), 0.4f)]);
    }

    /// <summary>A surface of a user's own that hands out what it is given.</summary>
    [Fact]
    public void A_surface_may_hand_its_images_on()
    {
        using var scope = NewDisposeScope();
        var images = Samples.Images(6);
        var network = Network(works[0], copies: true);
        SameFound(
            "Square-60", new Careless(Network(works[0], copies: false)), AttackSurface.FromClassifier(network), images,
            Samples.LabelsOf(network, images));
    }

    /// <summary>An attack of a user's own that writes into the set's images past the ball.</summary>
    [Theory]
    [InlineData(0.02)]
    [InlineData(-2)]
    public void An_image_outside_the_ball_raises(double step)
    {
        using var scope = NewDisposeScope();
        var images = Samples.Images(6);
        var network = Samples.Linear();
        var attack = new Trespassing { Step = step };
        Assert.Contains(
            "Trespassing", Assert.Throws<InvalidOperationException>(
                () => attack.Run(network, images, Samples.LabelsOf(network, images), new ThreatModel(Norm.Linf, 0.01)))
                .Message);
    }

    static void SameFound(string attack, AttackSurface inPlace, AttackSurface copying, Tensor images, Tensor labels)
    {
        var before = images.clone();
        using var expected = Run(copying);
        using var found = Run(inPlace);
        Assert.True(images.equal(before).all().item<bool>());
        Assert.Equal(expected.Success, found.Success);
        Assert.Equal(Samples.Floats(expected.Images), Samples.Floats(found.Images));

        AttackResult Run(AttackSurface surface) => Attacks.Named(attack)
            .Run(surface, images, labels, Attacks.Threat(attack, 0.1), new AttackOptions { Seed = 3 });
    }

    static FunctionClassifier Network(Action<Tensor> work, bool copies)
    {
        var linear = Samples.Linear();
        return new FunctionClassifier(images =>
        {
            var own = copies ? images.clone() : images;
            work(own);
            return linear.call(own);
        });
    }

    sealed class Careless(Classifier network) : AttackSurface
    {
        public override IReadOnlyList<string> Members => ["network"];

        public override IReadOnlyList<string> Gates => [];

        public override int EotSamples => 1;

        public override IEnumerable<Module> Modules => [network];

        public override SurfaceOutput Evaluate(Tensor images, int draws, ComponentCall? call = null)
        {
            using var scope = NewDisposeScope();
            var logits = network.call(images);
            return new SurfaceOutput(
                logits.unsqueeze(0), logits, logits.argmax(1), zeros(0, images.size(0)), zeros(0))
                .MoveToOuterDisposeScope();
        }
    }

    sealed record Trespassing : Attack
    {
        public double Step { get; init; }

        public override string Name => "Trespassing";

        public override IReadOnlyList<Norm> Norms => [Norm.Linf];

        protected override void Search(AttackBatch batch) => batch.ForEachRestart(1, active =>
        {
            for (var step = 0; step < 100 && active.Count > 0; step++)
            {
                active.Images.add_(Step);
                if (active.Evaluate() is null)
                    return;
            }
        });
    }
}
