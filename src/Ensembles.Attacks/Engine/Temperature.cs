using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// A defense at a higher temperature: one layer of each component with its weights over T. Behind the last of them a
/// saturating transform of the logits, a tanh or a softmax that float32 has rounded, has a gradient again and, since it
/// is monotone, the same order of classes; behind an earlier one it stands in for the gradient as a surrogate does.
/// </summary>
/// <remarks>
/// The weights are scaled in place while it is on, for an evaluation and the gradients of it, and have their own values
/// back, bit for bit, when it is off. The exact decision always comes from the defense with it off.
/// </remarks>
sealed class Temperature : IDisposable
{
    readonly double temperature;
    readonly Parameter[] weights;
    readonly Tensor[] own;
    bool isOn;

    Temperature(double temperature, Parameter[] weights)
    {
        (this.temperature, this.weights) = (temperature, weights);
        own = [.. weights.Select(weight => weight.detach().clone().DetachFromDisposeScope())];
    }

    /// <summary>The layers of components to try, the last of each first, each at several temperatures.</summary>
    /// <param name="components">What is called for itself: members and gates, or a whole defense.</param>
    public static IEnumerable<Temperature> Candidates(IReadOnlyList<IReadOnlyList<nn.Module>> components)
    {
        Parameter[][][] layers =
        [
            .. components.Select(modules => modules.Distinct().Select(WeightsOf).Where(w => w.Length > 0).Reverse()
                .Take(MostLayers).ToArray()),
        ];
        for (var depth = 0; depth < layers.Select(own => own.Length).DefaultIfEmpty(0).Max(); depth++)
        {
            Parameter[] chosen =
            [
                .. layers.Where(own => own.Length > 0).SelectMany(own => own[Math.Min(depth, own.Length - 1)])
                    .Distinct(),
            ];
            foreach (var temperature in temperatures)
                yield return new Temperature(temperature, chosen);
        }
    }

    /// <summary>How many layers from the last one on are tried.</summary>
    const int MostLayers = 6;

    /// <summary>
    /// From 100 on a saturation is nearly linear; more and less are for those that are not around 0.
    /// </summary>
    static readonly double[] temperatures = [100, 10, 1e4];

    /// <summary>Scales the weights.</summary>
    public void TurnOn()
    {
        if (isOn)
            return;
        isOn = true;
        using var constant = no_grad();
        foreach (var weight in weights)
            weight.detach().div_(temperature);
    }

    /// <summary>Gives the weights their own values back.</summary>
    public void TurnOff()
    {
        if (!isOn)
            return;
        isOn = false;
        using var constant = no_grad();
        for (var i = 0; i < weights.Length; i++)
            weights[i].detach().copy_(own[i]);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        TurnOff();
        foreach (var values in own)
            values.Dispose();
    }

    /// <remarks>A convolution's are those it computes with now: see <see cref="WeightLayout"/>.</remarks>
    static Parameter[] WeightsOf(nn.Module module)
    {
        IEnumerable<Parameter?> all =
            module is Conv2d convolution ? [convolution.weight, convolution.bias] : [.. module.parameters(false)];
        return [.. all.OfType<Parameter>().Where(weight => weight.is_floating_point())];
    }
}
