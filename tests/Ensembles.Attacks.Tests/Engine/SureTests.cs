using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>A success holds in a batch of any size: no decision that rounding made is one.</summary>
public class SureTests
{
    /// <summary>
    /// A network whose logits carry an error of some roundings that depends on how many images pass at once.
    /// </summary>
    [Theory]
    [MemberData(nameof(Attacks.Minimal), MemberType = typeof(Attacks))]
    public void A_nearest_image_is_wrong_in_batches_of_every_size(string attack, Norm norm)
    {
        using var scope = NewDisposeScope();
        var images = Samples.Images(24, seed: 2);
        var network = Rounding();
        var labels = Samples.LabelsOf(Samples.Linear(), images);
        using var result = Attacks.Named(attack).Run(network, images, labels, ThreatModel.Unbounded(norm));

        var broken = Enumerable.Range(0, 24).Where(i => result.Success[i]).ToArray();
        Assert.NotEmpty(broken);
        foreach (var i in broken)
        {
            foreach (var size in new[] { 1, 2, 3, 5, 8, 24, 100 })
                Assert.NotEqual(labels[i].item<long>(), Label(network, result.Images[i], size));
        }
    }

    /// <summary>
    /// Where an offset swallows the digits of every lead no decision is sure, and wrong is still wrong.
    /// </summary>
    [Theory]
    [InlineData("DeepFool-50")]
    [InlineData("PGD-10 x 2")]
    [InlineData("HopSkipJump-10 x 50")]
    public void Logits_that_are_never_sure_are_broken_all_the_same(string attack)
    {
        using var scope = NewDisposeScope();
        var images = Samples.Images(12);
        var linear = Samples.Linear();
        var network = new FunctionClassifier(x => linear.call(x) + 1e5);
        var labels = Samples.LabelsOf(network, images);
        var named = Attacks.Named(attack);
        var threat = named.IsMinimalNorm ? ThreatModel.Unbounded(named.Norms[0]) : new ThreatModel(Norm.Linf, 0.4);
        using var result = named.Run(network, images, labels, threat);
        Assert.All(result.Success, Assert.True);
    }

    [Theory]
    [InlineData(new[] { 1f, 0f, -3f }, true)]
    [InlineData(new[] { 1f, 0.9999f, 0f }, true)]
    [InlineData(new[] { 1f, 0.999999f, 0f }, false)]
    [InlineData(new[] { 1e6f, 1e6f - 1, 0f }, false)]
    [InlineData(new[] { 1e-9f, 0f, 0f }, true)]
    [InlineData(new[] { 0f, 0f, 0f }, false)]
    [InlineData(new[] { 1f, float.NegativeInfinity, float.NegativeInfinity }, true)]
    [InlineData(new[] { 1f, 0.999999f, float.NegativeInfinity }, false)]
    public void A_lead_of_some_hundred_roundings_is_sure(float[] logits, bool isSure)
    {
        using var scope = NewDisposeScope();
        var surface = AttackSurface.FromClassifier(new FunctionClassifier(_ => tensor(logits).unsqueeze(0)));
        Assert.Equal([isSure], SureDecisions.Of(surface.Evaluate(zeros(1, 1, 2, 2), 1)));
    }

    [Fact]
    public void A_member_at_a_tie_and_a_gate_at_its_threshold_are_not_sure()
    {
        using var scope = NewDisposeScope();
        var sure = new FunctionClassifier(x => x.flatten(1).narrow(1, 0, 2) * 0 + tensor(new[] { 1f, 0f }));
        var tie = new FunctionClassifier(x => x.flatten(1).narrow(1, 0, 2) * 0 + tensor(new[] { 1f, 1 - 1e-6f }));
        var gate = new FunctionDetector(x => x.flatten(1).mean([1]) * 0 + 1);
        bool Of(AttackSurface surface) => SureDecisions.Of(surface.Evaluate(ones(1, 1, 2, 2), 1)).Single();

        Assert.True(Of(new HandmadeSurface<MeanLogit>([sure, sure])));
        Assert.False(Of(new HandmadeSurface<MajorityVote>([sure, sure, tie])));
        Assert.True(Of(new HandmadeSurface<MeanLogit>([sure], [(gate, 2)])));
        Assert.False(Of(new HandmadeSurface<MeanLogit>([sure], [(gate, 1 + 1e-6f)])));
    }

    static FunctionClassifier Rounding()
    {
        var linear = Samples.Linear();
        return new FunctionClassifier(images =>
        {
            var logits = linear.call(images);
            var error = 3e-6f * MathF.Sin(7 * images.size(0));
            return logits + error * tensor(new[] { 1f, -1, 1, -1 }) * logits.detach().abs().amax([1], keepdim: true);
        });
    }

    static long Label(FunctionClassifier network, Tensor image, int size)
    {
        using var _ = no_grad();
        return network.call(image.unsqueeze(0).repeat(size, 1, 1, 1)).argmax(1)[0].item<long>();
    }
}
