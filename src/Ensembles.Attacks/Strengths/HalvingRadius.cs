using Ensembles.Attacks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// How large a perturbation has to be to break an undefended network: a strength is measured without a threat model, so
/// the twin sets the scale.
/// </summary>
static class HalvingRadius
{
    /// <summary>No perturbation is larger: half of the range turns every image grey.</summary>
    public const double Largest = 0.5;

    const int Bisections = 9;

    /// <summary>
    /// The smallest epsilon, to 0.001, at which one step of FGSM [12] on the margin takes half of the twin's right
    /// images from it; <see cref="Largest"/> where none does.
    /// </summary>
    /// <param name="twin">The undefended network.</param>
    /// <param name="images">Images with their labels.</param>
    /// <param name="directions">Where its margins fall, [N, C, H, W]: <see cref="Descents"/>.</param>
    /// <exception cref="ArgumentException">A twin that gets no image right.</exception>
    public static double Of(Module<Tensor, Tensor> twin, LabeledImages images, Tensor directions)
    {
        var clean = Decisions.Share(Decisions.Right(twin, images.Images, images));
        if (clean == 0)
            throw new ArgumentException(
                "The twin gets no image right: it is not trained, or was trained for other labels.", nameof(twin));

        var (low, high) = (0.0, Largest);
        for (var i = 0; i < Bisections; i++)
        {
            using var scope = NewDisposeScope();
            using var ball = Linf((low + high) / 2);
            var stepped = ball.Step(images.Images, directions, ball.Epsilon, images.Images);
            var broken = Decisions.Share(Decisions.Right(twin, stepped, images)) <= clean / 2;
            (low, high) = broken ? (low, ball.Epsilon) : (ball.Epsilon, high);
        }
        return high;
    }

    /// <summary>Where the margins of the labels fall, -grad m, [N, C, H, W].</summary>
    public static Tensor Descents(Module<Tensor, Tensor> classifier, Tensor images, Tensor labels) =>
        LeadGradients.Of(classifier, images, labels).neg();

    /// <summary>The ball of that radius.</summary>
    public static Ball Linf(double epsilon) => Ball.Create(new ThreatModel(Norm.Linf, epsilon));
}
