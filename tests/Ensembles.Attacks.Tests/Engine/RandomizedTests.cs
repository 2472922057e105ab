using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>
/// Defenses that draw random numbers: gradients are averaged over draws, and success is a majority of fresh draws.
/// </summary>
public class RandomizedTests
{
    const int Pixels = 64;

    /// <summary>
    /// Class 1 gains the sum of the pixels' changes, each disturbed by a draw of twice its size, for each row or once
    /// for all rows of a call.
    /// </summary>
    static RandomClassifier Noisy(int eotSamples, double lead, bool onceACall) => new(eotSamples, images =>
    {
        var change = images.flatten(1) - 0.5;
        var gain = (change * (1 + 2 * (onceACall ? randn(1, Pixels) : randn_like(change)))).sum(1);
        return stack([full_like(gain, lead), gain], 1);
    });

    /// <summary>
    /// The share of the expected margin's reach that one step gains: the sign of one draw's gradient is right for 69 %
    /// of the pixels, that of the mean of 100 for all.
    /// </summary>
    [Theory]
    [InlineData(1, false, 0.2, 0.6)]
    [InlineData(100, false, 0.99, 1.001)]
    [InlineData(100, true, 0.99, 1.001)]
    public void Averaging_over_draws_finds_the_direction(int eotSamples, bool onceACall, double least, double most)
    {
        using var scope = NewDisposeScope();
        using var result = new Fgsm().Run(
            Noisy(eotSamples, lead: 1000, onceACall), full(8, 1, 8, 8, 0.5f), zeros(8, dtype: ScalarType.Int64),
            new ThreatModel(Norm.Linf, 0.1));
        var gained = (result.Images - 0.5).sum().item<float>() / 8 / (0.1 * Pixels);
        Assert.InRange(gained, least, most);
    }

    /// <summary>
    /// Without a radius the nearest image is kept, and near the boundary some draws always err: an image kept for its
    /// luck would be lost when it is confirmed.
    /// </summary>
    [Fact]
    public void The_nearest_image_is_none_that_luck_has_broken()
    {
        using var scope = NewDisposeScope();
        var noisy = new RandomClassifier(10, images =>
        {
            var gain = (images.flatten(1) - 0.5).sum(1);
            gain += 0.5 * randn_like(gain);
            return stack([full_like(gain, 1), gain], 1);
        });
        using var result = new Ddn().Run(
            noisy, full(20, 1, 8, 8, 0.5f), zeros(20, dtype: ScalarType.Int64), ThreatModel.Unbounded(Norm.L2));
        Assert.All(result.Success, Assert.True);
        // On the boundary of the mean each draw errs half of the time, 0.125 away from the clean image.
        Assert.All(result.Distance, d => Assert.InRange(d, 0.125, 0.3));
    }

    /// <summary>
    /// Wrong in a tenth of the draws, whatever the image: of 30 tries at one draw some see it wrong on nearly every
    /// image, and fresh draws do not confirm it.
    /// </summary>
    [Fact]
    public void The_luck_of_some_draws_is_no_success()
    {
        using var scope = NewDisposeScope();
        var coin = new RandomClassifier(1, images =>
        {
            var tossed = rand(images.size(0)).lt(0.1).to_type(ScalarType.Float32) + images.flatten(1).sum(1) * 1e-6;
            return stack([full_like(tossed, 0.5), tossed], 1);
        });
        using var result = new UniformNoise { Tries = 30 }.Run(
            coin, Samples.Images(20), zeros(20, dtype: ScalarType.Int64), new ThreatModel(Norm.Linf, 0.1));
        Assert.Equal(0, result.Success.Count(s => s));
    }

    /// <summary>
    /// Most draws fall on the way to 0.3, all of them from 0.45 on, where only a later restart begins: an attack that
    /// is content with a majority leaves the defender the rest.
    /// </summary>
    [Fact]
    public void Restarts_go_on_until_every_draw_is_broken()
    {
        using var scope = NewDisposeScope();
        var yielding = new RandomClassifier(20, images =>
        {
            var reached = images.flatten(1).mean([1]);
            var held = where(reached.lt(0.1), 1, where(reached.lt(0.45), 0.3, 0));
            var wrong = rand(images.size(0)).ge(held).to_type(ScalarType.Float32) + reached * 1e-6;
            return stack([full_like(wrong, 0.5), wrong], 1);
        });
        using var result = new Brightening(0.3, 0.5).Run(
            yielding, zeros(6, 1, 2, 2), zeros(6, dtype: ScalarType.Int64), new ThreatModel(Norm.Linf, 0.5));
        Assert.All(result.Success, Assert.True);
        Assert.All(result.Distance, distance => Assert.Equal(0.5, distance));
    }

    /// <summary>
    /// Nearly every draw errs at 0.3, and half of them at 0.5, which looks better wherever the few draws of a step all
    /// err: fresh draws tell, and the better image comes back.
    /// </summary>
    [Fact]
    public void A_lucky_image_does_not_take_the_place_of_a_better_one()
    {
        using var scope = NewDisposeScope();
        var wavering = new RandomClassifier(2, images =>
        {
            var reached = images.flatten(1).mean([1]);
            var held = where(reached.lt(0.1), 1, where(reached.lt(0.4), 0.05, 0.5));
            var wrong = rand(images.size(0)).ge(held).to_type(ScalarType.Float32) + reached * 1e-6;
            return stack([full_like(wrong, 0.5), wrong], 1);
        });
        using var result = new Brightening(0.3, 0.5, 0.5, 0.5, 0.5, 0.5).Run(
            wavering, zeros(40, 1, 2, 2), zeros(40, dtype: ScalarType.Int64), new ThreatModel(Norm.Linf, 0.5));
        // The two draws of the first restart miss an image now and then.
        Assert.InRange(result.Success.Count(success => success), 38, 40);
        Assert.InRange(result.Distance.Count(distance => distance is > 0 and < 0.4), 37, 40);
    }

    /// <summary>Wrong in most draws is broken without any attack.</summary>
    [Fact]
    public void A_defense_that_is_mostly_wrong_is_broken()
    {
        using var scope = NewDisposeScope();
        var coin = new RandomClassifier(20, images =>
        {
            var tossed = rand(images.size(0)).lt(0.8).to_type(ScalarType.Float32) + images.flatten(1).sum(1) * 1e-6;
            return stack([full_like(tossed, 0.5), tossed], 1);
        });
        using var result = new Fgsm().Run(
            coin, Samples.Images(20), zeros(20, dtype: ScalarType.Int64), new ThreatModel(Norm.Linf, 0.1));
        Assert.All(result.Success, Assert.True);
    }

    /// <summary>
    /// Draws do not multiply what passes through the defense at once; each image still sees all of its own.
    /// </summary>
    [Fact]
    public void Draws_pass_in_parts()
    {
        using var scope = NewDisposeScope();
        List<long> rows = [];
        var noisy = new RandomClassifier(4, images =>
        {
            rows.Add(images.size(0));
            return stack([full(images.size(0), 0.5f), images.flatten(1).sum(1) + 0.001 * rand(images.size(0))], 1);
        });
        // How it draws is tried once.
        Draws.OfRandomized(noisy, ones(1, 1, 2, 2), draws: 2).Dispose();
        // Bright images are wrong in every draw, dark ones in none.
        var images = cat([zeros(5, 1, 2, 2), ones(4, 1, 2, 2), zeros(6, 1, 2, 2)]);
        foreach (var attack in new IAttack[] { new UniformNoise { Tries = 2 }, new Pgd { Steps = 3 } })
        {
            rows.Clear();
            using var result = attack.Run(
                noisy, images, zeros(15, dtype: ScalarType.Int64), new ThreatModel(Norm.Linf, 0.01),
                new AttackOptions { BatchSize = 15 });
            Assert.InRange(rows.Max(), 11, 15);
            Assert.Equal(rows.Sum(), result.Forwards);
            Assert.Equal(images.flatten(1).select(1, 0).gt(0.5).data<bool>(), result.Success);
        }
    }

    [Fact]
    public void The_process_wide_generator_is_given_back_as_it_was()
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        var expected = rand(4);
        manual_seed(5);
        using var result = new Pgd { Steps = 3 }.Run(
            Noisy(4, lead: 1, onceACall: false), full(2, 1, 8, 8, 0.5f), zeros(2, dtype: ScalarType.Int64),
            new ThreatModel(Norm.Linf, 0.1));
        Assert.Equal(Samples.Floats(expected), Samples.Floats(rand(4)));
    }

    /// <summary>Each restart evaluates images of one brightness and takes no step.</summary>
    sealed record Brightening(params double[] Levels) : Attack
    {
        public override string Name => "Brightening";

        public override IReadOnlyList<Norm> Norms => [Norm.Linf];

        protected override void Search(AttackBatch batch) => batch.ForEachRestart(Levels.Length, active =>
        {
            using var brighter = full_like(active.Images, Levels[active.Restart]);
            active.MoveTo(brighter);
            active.Evaluate();
        });
    }
}
