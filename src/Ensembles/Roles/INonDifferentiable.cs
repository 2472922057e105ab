using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// A module whose <c>forward</c> has no useful gradient, with the differentiable stand-in that an attacker who knows
/// the defense would use (backward pass differentiable approximation, BPDA, Athalye et al. 2018 [1]).
/// </summary>
/// <remarks>
/// The value of the module is always that of <c>forward</c>; only its gradient is the surrogate's. This holds for every
/// gradient taken through <c>call</c>, also by attacks that know nothing of this library: see
/// <see cref="SurrogateGradient"/>.
/// </remarks>
public interface INonDifferentiable
{
    /// <summary>
    /// The differentiable stand-in; the same shapes as <c>forward</c>. For a straight-through gradient, return the
    /// input.
    /// </summary>
    Tensor surrogate(Tensor images);
}
