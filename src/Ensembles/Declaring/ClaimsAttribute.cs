using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>States that a defense has a strength. The claim is measured by <see cref="IStrength.Measure"/>.</summary>
/// <typeparam name="TStrength">The strength claimed.</typeparam>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class ClaimsAttribute<TStrength> : Attribute, IClaim
    where TStrength : IStrength
{
    string IClaim.Strength => TStrength.Name;

    ClaimMeasurement IClaim.Measure(
        Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images) =>
        TStrength.Measure(defense, twin, images);
}

/// <summary>A claim as it stands on a defense's class, whatever its strength.</summary>
public interface IClaim
{
    /// <summary>The strength's name in reports.</summary>
    string Strength { get; }

    /// <inheritdoc cref="IStrength.Measure"/>
    ClaimMeasurement Measure(Module<Tensor, Tensor> defense, Module<Tensor, Tensor> twin, LabeledImages images);
}
