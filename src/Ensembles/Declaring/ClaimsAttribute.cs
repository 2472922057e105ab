namespace Ensembles;

/// <summary>States that a defense has a strength. The claim is measured by <see cref="IStrength.Measure"/>.</summary>
/// <typeparam name="TStrength">The strength claimed.</typeparam>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class ClaimsAttribute<TStrength> : Attribute
    where TStrength : IStrength;
