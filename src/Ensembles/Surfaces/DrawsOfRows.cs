using System.Runtime.CompilerServices;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// Whether a component that draws random numbers draws them for each row of a call, as added noise does, or for the
/// call, as one shift, one noise on the weights or one model picked at random does.
/// </summary>
static class DrawsOfRows
{
    /// <summary>Equal rows of a call.</summary>
    const int Rows = 8;

    const int Calls = 12;

    /// <summary>
    /// By how much the variance between calls may exceed that within calls: chance alone exceeds 8 in one of some
    /// hundred million probes.
    /// </summary>
    const double Allowed = 8;

    static readonly ConditionalWeakTable<Module, object> known = [];

    /// <summary>
    /// Whether rows are drawn for themselves. A component is tried once, on an image repeated, and gives the global
    /// random state back as it was.
    /// </summary>
    /// <param name="component">The component.</param>
    /// <param name="images">Images [N, C, H, W], of which the first is taken.</param>
    public static bool Of(Module<Tensor, Tensor> component, Tensor images)
    {
        if (images.size(0) == 0)
            return true;
        if (known.TryGetValue(component, out var answer))
            return (bool)answer;
        var isOfRows = Try(component, images);
        known.AddOrUpdate(component, isOfRows);
        return isOfRows;
    }

    /// <summary>
    /// The analysis of variance, for each number of an answer: equal rows must differ, and the means of calls must
    /// differ no more than rows do, F = R var(means) / mean(var within).
    /// </summary>
    static bool Try(Module<Tensor, Tensor> component, Tensor images)
    {
        using var generator = new KeptGenerator();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var rows = images.narrow(0, 0, 1).repeat([Rows, .. Enumerable.Repeat(1L, (int)images.dim() - 1)]);
        manual_seed(0);
        Tensor[] calls = [.. Enumerable.Range(0, Calls).Select(_ => Draws.Answer(component, rows).reshape(Rows, -1))];
        var answers = stack(calls).to_type(ScalarType.Float64).nan_to_num(0, 0, 0);
        var within = answers.var(1).mean([0]);
        var between = Rows * answers.mean([1]).var(0);
        return within.gt(0).any().item<bool>() && between.le(Allowed * within).all().item<bool>();
    }
}
