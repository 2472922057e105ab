using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>Lays out several draws of a component's randomness, draw-major, for attack surfaces.</summary>
public static class Draws
{
    /// <summary>
    /// Output [S N, ...] of a component that draws random numbers, in S draws of them.
    /// </summary>
    /// <remarks>
    /// Where it draws anew for each row, the images are repeated S times in one call. Where it draws once a call, each
    /// draw is a call of its own: in one call ten draws would be one. Which of the two it does is tried once for each
    /// component, at the first call that asks for several draws.
    /// While a gradient to the images is recorded, a component is drawn no more often than the EOT samples it asks for,
    /// and its rows are repeated: a detector that averages many masks inside need not pay for a neighbour that wants
    /// twenty draws. Decisions, which record no gradient, draw anew for every row.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one draw.</exception>
    public static Tensor OfRandomized(Module<Tensor, Tensor> component, Tensor images, int draws)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 1);
        var fresh = is_grad_enabled() && images.requires_grad
            ? Math.Min(draws, EotSamples(component.modules().Prepend(component)))
            : draws;
        if (fresh == 1)
            return Repeated(Answer(component, images), draws);
        return Repeated(DrawsOfRows.Of(component, images)
            ? InOneCall(component, images, fresh)
            : InCallsOfTheirOwn(component, images, fresh), draws, fresh);
    }

    /// <summary>
    /// Output [S N, ...] of a component that draws random numbers, for rows that are S draws of N images already: each
    /// row in a draw of its own.
    /// </summary>
    internal static Tensor OfDrawn(Module<Tensor, Tensor> component, Tensor rows, int draws)
    {
        if (draws == 1 || DrawsOfRows.Of(component, rows))
            return Answer(component, rows);
        Tensor[] answers = [.. rows.chunk(draws).Select(drawn => Answer(component, drawn))];
        return cat(answers);
    }

    static Tensor InOneCall(Module<Tensor, Tensor> component, Tensor images, int draws)
    {
        using var repeated = images.repeat(Repeats(images, draws));
        return component.call(repeated);
    }

    static Tensor InCallsOfTheirOwn(Module<Tensor, Tensor> component, Tensor images, int draws)
    {
        Tensor[] answers = [.. Enumerable.Range(0, draws).Select(_ => Answer(component, images))];
        var output = cat(answers);
        foreach (var answer in answers)
            answer.Dispose();
        return output;
    }

    /// <summary>Output [S N, ...] of a deterministic component: it runs once and its rows are repeated.</summary>
    /// <param name="component">The component.</param>
    /// <param name="images">Float32 [N, C, H, W].</param>
    /// <param name="draws">S, the number of draws.</param>
    /// <param name="call">How the component is called; null calls it itself.</param>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than one draw.</exception>
    public static Tensor OfDeterministic(
        Module<Tensor, Tensor> component, Tensor images, int draws, ComponentCall? call = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 1);
        return Repeated(call is null ? Answer(component, images) : call(component, images), draws);
    }

    /// <summary>Whether a component draws random numbers at test time, itself or in a module inside it.</summary>
    public static bool IsRandomized(Module component) =>
        component is IRandomized || component.modules().Any(m => m is IRandomized);

    /// <summary>
    /// The largest number of EOT samples among modules that are <see cref="IRandomized"/>; 1 when none is.
    /// </summary>
    public static int EotSamples(IEnumerable<Module> modules) =>
        modules.OfType<IRandomized>().Select(m => m.EotSamples).Append(1).Max();

    /// <summary>
    /// What a component gives for images, which stay as they are: it gets a copy, since its forward may work in place.
    /// </summary>
    /// <exception cref="InvalidOperationException">A module that returns its input.</exception>
    public static Tensor Answer(Module<Tensor, Tensor> component, Tensor images)
    {
        var own = images.clone();
        Tensor? output = null;
        try
        {
            output = component.call(own);
        }
        catch (InvalidOperationException) when (own.IsInvalid)
        {
        }
        if (own.IsInvalid || output is null)
            throw new InvalidOperationException(
                "A module of the defense returns its input, and the container around it disposed the images with it. "
                + "Return input.alias() there.");
        if (!ReferenceEquals(output, own))
            own.Dispose();
        return output;
    }

    /// <summary>
    /// Rows of <paramref name="fresh"/> draws, taken round and round until there are <paramref name="draws"/>.
    /// </summary>
    static Tensor Repeated(Tensor output, int draws, int fresh = 1)
    {
        if (draws == fresh)
            return output;
        var rounds = (draws + fresh - 1) / fresh;
        using (output)
        {
            using var rounded = output.repeat(Repeats(output, rounds));
            return rounded.narrow(0, 0, output.size(0) / fresh * draws);
        }
    }

    static long[] Repeats(Tensor tensor, int times) => [times, .. Enumerable.Repeat(1L, (int)tensor.dim() - 1)];
}
