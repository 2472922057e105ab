using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks.Tests;

/// <summary>Where an attack has nothing to go by it looks elsewhere, and says so.</summary>
public class BlindnessTests
{
    static readonly ThreatModel threat = new(Norm.Linf, 0.1);

    public static TheoryData<string, string> Saturated
    {
        get
        {
            var data = new TheoryData<string, string>();
            string[] attacks =
            [
                "PGD-10 x 2", "APGD-CE-20", "APGD-T-20 x 9", "FAB-20 x 2", "FAB-T-20 x 9", "C&W-L2-100 x 5", "DDN-100",
                "FMN-100", "DeepFool-50", "FGSM", "MI-FGSM-10", "MultiTargeted-10",
            ];
            foreach (var attack in attacks)
            {
                foreach (var transform in new[] { "tanh", "softmax", "clamp", "erf", "sigmoid" })
                    data.Add(attack, transform);
            }
            return data;
        }
    }

    /// <summary>How many images each attack breaks where nothing is transformed.</summary>
    static readonly Dictionary<string, int> brokenPlain = [];

    /// <summary>A monotone transform of the logits changes no decision, and so no image that is found.</summary>
    [Theory]
    [MemberData(nameof(Saturated))]
    public void A_monotone_transform_that_saturates_shelters_no_image(string attack, string transform)
    {
        using var scope = NewDisposeScope();
        var images = Samples.Images(40);
        // Sure of some images and not of others.
        var network = new Squashed(Samples.Linear(), transform);
        var labels = Samples.LabelsOf(Samples.Linear(), images);
        var radius = Attacks.Threat(attack, 0.1);
        if (!brokenPlain.TryGetValue(attack, out var plain))
        {
            using var untransformed = Attacks.Named(attack).Run(Samples.Linear(), images, labels, radius);
            brokenPlain[attack] = plain = untransformed.Success.Count(s => s);
        }
        using var squashed = Attacks.Named(attack).Run(network, images, labels, radius);

        var weights = network.parameters().Select(Samples.Floats).ToArray();
        Assert.Equal(Samples.Linear().parameters().Select(Samples.Floats), weights);
        Assert.InRange(squashed.Success.Count(s => s), plain - 2, 40);
    }

    /// <summary>A wrapper that keeps its network in a field and registers nothing.</summary>
    [Fact]
    public void A_network_that_its_wrapper_does_not_register_is_found()
    {
        using var scope = NewDisposeScope();
        var images = Samples.Images(40);
        var labels = Samples.LabelsOf(Samples.Linear(), images);
        var hidden = new Hidden(Samples.Linear());
        hidden.eval();
        Assert.Empty(hidden.parameters());
        var attack = new Pgd { Steps = 10, Restarts = 2 };
        using var plain = attack.Run(Samples.Linear(), images, labels, threat);
        using var result = attack.Run(hidden, images, labels, threat);
        Assert.InRange(result.Success.Count(s => s), plain.Success.Count(s => s) - 2, 40);
    }

    /// <summary>
    /// A deterministic member beside a random one has the same logits in every draw, which is no saturation: nothing is
    /// attacked a second time.
    /// </summary>
    [Fact]
    public void The_repeated_rows_of_several_draws_are_no_saturation()
    {
        using var scope = NewDisposeScope();
        var followed = 0;
        Tensor Logits(Tensor images)
        {
            followed += images.requires_grad ? 1 : 0;
            var sum = images.flatten(1).sum(1) * 1e-3;
            return stack([sum + 5, sum * 0.5], 1);
        }
        var surface = new HandmadeSurface<MeanLogit>(
            [new FunctionClassifier(Logits), new RandomClassifier(3, x => Logits(x) + 0.01 * randn(x.size(0), 2))]);
        var images = Samples.Images(6);
        using var result = new Pgd { Steps = 4 }.Run(
            surface, images, zeros(6, dtype: ScalarType.Int64), threat, new AttackOptions());
        Assert.All(result.Success, Assert.False);
        // Two members: one look for a gradient of each, and four steps.
        Assert.Equal(10, followed);
    }

    [Fact]
    public void An_ensemble_of_saturated_members_is_attacked_at_a_higher_temperature()
    {
        using var scope = NewDisposeScope();
        var images = Samples.Images(40);
        AttackSurface Surface(Func<int, Classifier> member) =>
            new HandmadeSurface<MeanLogit>([member(0), member(1), member(2)]);
        var surface = Surface(seed => new Squashed(Samples.Linear(seed: seed), "tanh"));
        using var clean = surface.Evaluate(images, 1);
        var attack = new Pgd { Steps = 20, Restarts = 6 };
        using var result = attack.Run(surface, images, clean.Labels, threat, new AttackOptions());
        using var unsquashed = attack.Run(
            Surface(seed => Samples.Linear(seed: seed)), images, clean.Labels, threat, new AttackOptions());
        Assert.InRange(result.Success.Count(s => s), unsquashed.Success.Count(s => s) / 2, 40);
    }

    [Fact]
    public void Images_without_a_gradient_are_counted_and_said()
    {
        using var scope = NewDisposeScope();
        var images = Samples.Images(40);
        var labels = Samples.LabelsOf(Samples.Linear(), images);
        var attack = new Pgd { RandomStart = false };
        using var result = attack.Run(
            new Squashed(Samples.Linear(), "clamp"), images, labels, new ThreatModel(Norm.Linf, 0.02));
        var blind = result.Blind.Count(b => b);
        Assert.InRange(blind, 1, 39);
        var standing = result.Blind.Zip(result.Success).Count(i => i.First && !i.Second);
        Assert.Contains($"exactly zero on {blind} of 40", result.Warnings.Single());
        Assert.Contains($"{standing} of them stand", result.Warnings.Single());
    }

    [Fact]
    public void AutoAttack_counts_the_images_that_no_attack_sees_a_gradient_on()
    {
        using var scope = NewDisposeScope();
        var images = Samples.Images(12);
        var network = new Squashed(Samples.Linear(), "tanh");
        var labels = Samples.LabelsOf(Samples.Linear(), images);
        using var result = new AutoAttack().Run(network, images, labels, new ThreatModel(Norm.Linf, 0.02));
        Assert.Equal(12, result.Blind.Count);
        Assert.Contains(true, result.Blind);
        using var plain = new AutoAttack().Run(Samples.Linear(), images, labels, new ThreatModel(Norm.Linf, 0.02));
        Assert.DoesNotContain(true, plain.Blind);
        Assert.Equal(plain.Success, result.Success);
    }

    public static TheoryData<string> Searching => Attacks.Searching;

    /// <summary>Two levels of grey, and every pixel far from where the one becomes the other.</summary>
    [Theory]
    [MemberData(nameof(Searching))]
    public void A_search_that_sees_no_slope_says_so(string attack)
    {
        using var scope = NewDisposeScope();
        var linear = Samples.Linear();
        var network = new FunctionClassifier(images => linear.call(images.round()));
        var images = where(Samples.Images(16).gt(0.5), 0.9f, 0.1f);
        using var result = Attacks.Named(attack).Run(
            network, images, Samples.LabelsOf(network, images), Attacks.Threat(attack, 0.01));
        if (Attacks.Named(attack).IsMinimalNorm || attack.StartsWith("SPSA", StringComparison.Ordinal))
            return;
        Assert.All(result.Success, Assert.False);
        Assert.All(result.Blind, Assert.True);
        Assert.Contains("no slope on 16 of 16", string.Join(' ', result.Warnings));

        using var seeing = Attacks.Named(attack).Run(
            Samples.Linear(), images, Samples.LabelsOf(Samples.Linear(), images), Attacks.Threat(attack, 0.01));
        Assert.All(seeing.Blind, Assert.False);
        Assert.Empty(seeing.Warnings);
    }

    [Fact]
    public void Spsa_with_few_steps_on_a_quantised_network_says_that_it_saw_nothing()
    {
        using var scope = NewDisposeScope();
        var linear = Samples.Linear();
        var network = new FunctionClassifier(images => linear.call(images.round()));
        var images = where(Samples.Images(16).gt(0.5), 0.9f, 0.1f);
        using var result = new Spsa { Steps = 3, Samples = 16 }.Run(
            network, images, Samples.LabelsOf(network, images), new ThreatModel(Norm.Linf, 0.01));
        Assert.Contains("no slope on 16 of 16", string.Join(' ', result.Warnings));
    }

    /// <summary>A network behind a monotone function of its logits that float32 rounds flat.</summary>
    sealed class Hidden(Module<Tensor, Tensor> network) : Module<Tensor, Tensor>("hidden")
    {
        public override Tensor forward(Tensor images) => 20 * (network.call(images) * 30).tanh();
    }

    sealed class Squashed : Classifier
    {
        readonly Module<Tensor, Tensor> network;
        readonly string transform;

        public Squashed(Module<Tensor, Tensor> network, string transform) : base("squashed")
        {
            (this.network, this.transform) = (network, transform);
            RegisterComponents();
            eval();
        }

        public override Tensor forward(Tensor images)
        {
            // One class is above 0 and the others below, so that no two are cut off at one height.
            var raw = network.call(images);
            var logits = raw - raw.detach().topk(2).values.mean([1], keepdim: true);
            return transform switch
            {
                "tanh" => 20 * (30 * logits).tanh(),
                "softmax" => (200 * logits).softmax(1),
                "clamp" => logits.clamp(-0.1, 0.1) * 5,
                "erf" => 3 * (20 * logits).erf(),
                _ => (100 * logits).sigmoid(),
            };
        }
    }
}
