using Ensembles.Defenses.Tests.Fixtures;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Removal;

/// <summary>What transforms claim shows on smooth shapes under a faint texture of their class.</summary>
public class ClaimTests
{
    static LabeledImages Textured()
    {
        using var scope = NewDisposeScope();
        random.manual_seed(1);
        var shapes = new GaussianBlurTransform(4, 13).call(rand(48, 1, 24, 24));
        var smooth = (((shapes - 0.5) * 4) + 0.5).clamp(0, 1);
        var labels = arange(48) % 2;
        var texture = (rand(2, 1, 24, 24) - 0.5).sign() * (6.0 / 255);
        return new LabeledImages((smooth + texture.index_select(0, labels)).clamp(0, 1).clone(), labels.clone(), 2);
    }

    public static TheoryData<InputTransform> Removing =>
    [
        new LowPassTransform(), new MedianTransform(5), new GaussianBlurTransform(), new BilateralTransform(),
        new NonLocalMeansTransform(), new TotalVariationTransform(0.1, keep: 1),
    ];

    [Theory]
    [MemberData(nameof(Removing))]
    public void Faint_textures_are_removed(InputTransform transform)
    {
        using var images = Textured();
        transform.eval();
        var claim = NonRobustFeatureRemoval.Measure(transform, BehindTransform.Network, images);
        Assert.True(claim.Holds, $"{claim}");
    }

    /// <summary>Quantisation passes faint textures on, as dither does; so these claim no strength.</summary>
    public static TheoryData<InputTransform> PassingOn =>
        [new BitDepthTransform(), new JpegTransform(), new ThermometerTransform()];

    [Theory]
    [MemberData(nameof(PassingOn))]
    public void Faint_textures_are_passed_on(InputTransform transform)
    {
        using var images = Textured();
        transform.eval();
        var claim = NonRobustFeatureRemoval.Measure(transform, BehindTransform.Network, images);
        Assert.False(claim.Holds, $"{claim}");
        Assert.DoesNotContain(
            transform.GetType().GetCustomAttributes(false), a => a is ClaimsAttribute<NonRobustFeatureRemoval>);
    }

    public static TheoryData<InputTransform> Random =>
        [new TotalVariationTransform(), new RandomCropTransform(), new RandomResizePadTransform()];

    [Theory]
    [MemberData(nameof(Random))]
    public void Draws_differ(InputTransform transform)
    {
        using var images = Textured();
        using var twin = new LowPassTransform();
        twin.eval();
        transform.eval();
        var claim = TestTimeRandomness.Measure(transform, twin, images);
        Assert.True(claim.Holds, $"{claim}");
    }
}
