using System.Runtime.CompilerServices;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// The images that each gate's threshold was last set on, so that it is never judged on the same: of just those it
/// rejects the share that was asked for. Known as long as the process lives; checkpoints do not carry them.
/// </summary>
public static class CalibrationImages
{
    static readonly ConditionalWeakTable<Module, ImageFingerprints> known = [];

    /// <summary>Keeps which images a gate's threshold was set on.</summary>
    internal static void Remember(Module gate, Tensor images) =>
        known.AddOrUpdate(gate, ImageFingerprints.Of(images));

    /// <summary>
    /// Throws where the threshold of one of the modules was set on images: two or more of them, and more than one in a
    /// hundred.
    /// </summary>
    /// <param name="modules">The modules of a defense.</param>
    /// <param name="images">Test images, float32 [N, C, H, W].</param>
    /// <exception cref="ArgumentException">A gate calibrated on them; the message names it.</exception>
    public static void ThrowIfAmong(IEnumerable<Module> modules, Tensor images)
    {
        foreach (var module in modules.Distinct())
        {
            if (known.TryGetValue(module, out var seen) && seen.AreAmong(images, out var words))
                throw new ArgumentException(
                    $"The threshold of {module.GetName()} was set on {words} test images that were looked at, so that "
                    + "it rejects of them just the share that was asked for. Call CalibrateGates with other images.",
                    nameof(images));
        }
    }
}
