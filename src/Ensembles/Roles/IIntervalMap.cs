using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// A module that can say where its outputs lie for all inputs between two, without which a certificate cannot pass
/// through it. Linear modules say <see cref="ILinearMap"/> instead, rising ones <see cref="IRising"/>.
/// </summary>
public interface IIntervalMap
{
    /// <summary>
    /// Two tensors of the output's shape: for every x with lower &lt;= x &lt;= upper, entry by entry, <c>forward</c> of
    /// x lies between them, in the arithmetic of the inputs' type.
    /// </summary>
    /// <param name="lower">The lowest inputs [N, C, H, W].</param>
    /// <param name="upper">The highest inputs, of the same shape.</param>
    (Tensor Lower, Tensor Upper) interval(Tensor lower, Tensor upper);
}

/// <summary>
/// A module in which no output falls when an input rises, as in rounding to levels, medians and thermometers: what lies
/// between two inputs comes to lie between their outputs.
/// </summary>
public interface IRising;
