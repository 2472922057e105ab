using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// Perturbations along the sign of the margin's gradient (FGSM [12] with a margin loss), as strong as it takes to break
/// an undefended network: a strength is measured without a threat model, so the twin sets the scale.
/// </summary>
static class SignSteps
{
    /// <summary>No perturbation is larger: half of the range turns every image grey.</summary>
    public const double LargestEpsilon = 0.5;

    const int Bisections = 9;
    const int Iterations = 10;

    /// <summary>Directions of steepest descent of the margin under Linf, -sign(grad m), in {-1, 0, 1}.</summary>
    public static Tensor Directions(Module<Tensor, Tensor> classifier, Tensor images, Tensor labels) =>
        LeadGradients.Of(classifier, images, labels).sign().neg();

    /// <summary>x + epsilon d, inside [0, 1].</summary>
    public static Tensor Step(Tensor images, Tensor directions, double epsilon)
    {
        using var scope = NewDisposeScope();
        return (images + directions * epsilon).clamp(0, 1).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// The smallest epsilon, to 0.001, at which one step takes half of the twin's right images from it;
    /// <see cref="LargestEpsilon"/> where none does.
    /// </summary>
    /// <exception cref="ArgumentException">A twin that gets no image right.</exception>
    public static double HalvingEpsilon(Module<Tensor, Tensor> twin, LabeledImages images, Tensor directions)
    {
        var clean = Decisions.Share(Decisions.Right(twin, images.Images, images));
        if (clean == 0)
            throw new ArgumentException(
                "The twin gets no image right: it is not trained, or was trained for other labels.", nameof(twin));

        var (low, high) = (0.0, LargestEpsilon);
        for (var i = 0; i < Bisections; i++)
        {
            using var scope = NewDisposeScope();
            var middle = (low + high) / 2;
            var broken = Decisions.Share(
                Decisions.Right(twin, Step(images.Images, directions, middle), images)) <= clean / 2;
            (low, high) = broken ? (low, middle) : (middle, high);
        }
        return high;
    }

    /// <summary>
    /// Ten steps of epsilon / 4 inside the ball (BIM [18]); unlike one step they leave the network sure of the wrong
    /// label.
    /// </summary>
    public static Tensor Iterate(Module<Tensor, Tensor> classifier, LabeledImages images, double epsilon)
    {
        using var scope = NewDisposeScope();
        var (low, high) = (images.Images - epsilon, images.Images + epsilon);
        var adversarial = images.Images.alias();
        for (var i = 0; i < Iterations; i++)
        {
            var step = Step(adversarial, Directions(classifier, adversarial, images.Labels), epsilon / 4);
            adversarial = maximum(minimum(step, high), low);
        }
        return adversarial.MoveToOuterDisposeScope();
    }
}
