using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Extending.Tests.Strengths;

/// <summary>
/// A brighter or darker image keeps its class: the share of images whose class changes if all pixels are moved by the
/// same amount is smaller than that of the undefended twin.
/// </summary>
public sealed class BrightnessInvariance : IStrength
{
    /// <summary>By how much all pixels are moved.</summary>
    const double Shift = 0.1;

    public static string Name => "brightness invariance";

    public static IReadOnlyList<Category> Categories => [Category.NonRobustFeatures];

    public static ClaimMeasurement Measure(
        Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images)
    {
        var (own, other) = (ShareChanged(defense, images.Images), ShareChanged(twin, images.Images));
        return new ClaimMeasurement("share of classes changed by brightness", own, other, Holds: own < other);
    }

    static double ShareChanged(Module<Tensor, Tensor> module, Tensor images)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var classes = module.call(images).argmax(1);
        var brighter = module.call((images + Shift).clamp(0, 1)).argmax(1);
        var darker = module.call((images - Shift).clamp(0, 1)).argmax(1);
        return (brighter.ne(classes) | darker.ne(classes)).to_type(ScalarType.Float32).mean().item<float>();
    }
}
