using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// How much an output changes, in units of how much it differs between images: scale-free, and undefined for a module
/// that gives the same for every image.
/// </summary>
static class Responses
{
    /// <summary>
    /// A module's output on all images, [N, D]. Logits are centred over the classes, since what is added to all of them
    /// decides nothing.
    /// </summary>
    public static Tensor Output(Module<Tensor, Tensor> module, Tensor images)
    {
        using var scope = NewDisposeScope();
        var output = InBatches.Output(module, images).view(images.size(0), -1);
        if (module is not (InputTransform or Detector))
            output = output - output.mean([1], keepdim: true);
        return output.MoveToOuterDisposeScope();
    }

    /// <summary>
    /// sqrt(mean_i |b_i - a_i|^2) / sqrt(mean_i |a_i - mean a|^2), for outputs a and changed outputs b, [N, D].
    /// </summary>
    public static double Relative(Tensor outputs, Tensor changed)
    {
        using var scope = NewDisposeScope();
        var spread = outputs - outputs.mean([0], keepdim: true);
        return Length(changed - outputs) / Length(spread);
    }

    static double Length(Tensor rows) =>
        Math.Sqrt(rows.to_type(ScalarType.Float64).square().sum([1]).mean().item<double>());
}
