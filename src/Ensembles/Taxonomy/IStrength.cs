using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// A strength a defense can claim with <see cref="ClaimsAttribute{TStrength}"/>. Implement it to add your own.
/// </summary>
/// <remarks>A claim is a contract: <see cref="Measure"/> says how to test it on the trained defense.</remarks>
public interface IStrength
{
    /// <summary>The strength's name in reports, for example "non-robust feature removal".</summary>
    static abstract string Name { get; }

    /// <summary>The categories whose defenses can have this strength.</summary>
    static abstract IReadOnlyList<Category> Categories { get; }

    /// <summary>Measures the strength on a trained defense beside its undefended twin.</summary>
    /// <param name="defense">The trained defense, in evaluation mode.</param>
    /// <param name="twin">
    /// A classifier (images to logits) of the same architecture, trained without the defense, in evaluation mode.
    /// </param>
    /// <param name="images">Clean images with their labels, not used in training.</param>
    /// <returns>What was measured on both, and whether the claim holds.</returns>
    static abstract ClaimMeasurement Measure(
        Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images);
}
