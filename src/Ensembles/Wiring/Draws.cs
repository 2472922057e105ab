using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>Lays out several draws of a component's randomness, draw-major, for attack surfaces.</summary>
public static class Draws
{
    /// <summary>Output [S N, ...] of a component that draws anew for each row: the images are repeated S times.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one draw.</exception>
    public static Tensor OfRandomized(Module<Tensor, Tensor> component, Tensor images, int draws)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 1);
        if (draws == 1)
            return component.call(images);
        var repeats = new long[images.dim()];
        Array.Fill(repeats, 1);
        repeats[0] = draws;
        using var repeated = images.repeat(repeats);
        return component.call(repeated);
    }

    /// <summary>Output [S N, ...] of a deterministic component: it runs once and its rows are repeated.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one draw.</exception>
    public static Tensor OfDeterministic(Module<Tensor, Tensor> component, Tensor images, int draws)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 1);
        var output = component.call(images);
        if (draws == 1)
            return output;
        var repeats = new long[output.dim()];
        Array.Fill(repeats, 1);
        repeats[0] = draws;
        using (output)
            return output.repeat(repeats);
    }

    /// <summary>Whether a component draws random numbers at test time, itself or in a module inside it.</summary>
    public static bool IsRandomized(Module component) => component is IRandomized || component.modules().Any(m => m is IRandomized);

    /// <summary>The largest number of EOT samples among modules that are <see cref="IRandomized"/>; 1 when none is.</summary>
    public static int EotSamples(IEnumerable<Module> modules) =>
        modules.OfType<IRandomized>().Select(m => m.EotSamples).Append(1).Max();
}
