namespace Ensembles.Xunit;

/// <summary>
/// States openly that a strength which a component's class claims may not show in this ensemble: its test then asserts
/// only that the claim is measured, the figures are said either way, and the report shows them beside the reason given.
/// </summary>
/// <typeparam name="TStrength">The strength that may not show.</typeparam>
/// <param name="component">The property name of the component.</param>
/// <param name="why">Why it is claimed nevertheless.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class MayNotShowAttribute<TStrength>(string component, string why) : Attribute, IMayNotShow
    where TStrength : IStrength
{
    /// <summary>The property name of the component.</summary>
    public string Component { get; } = component;

    /// <summary>Why it is claimed nevertheless.</summary>
    public string Why { get; } = why;

    string IMayNotShow.Strength => TStrength.Name;
}

/// <summary>A statement as it stands on a suite's class, whatever its strength.</summary>
interface IMayNotShow
{
    /// <summary>The property name of the component.</summary>
    string Component { get; }

    /// <summary>The strength's name in reports.</summary>
    string Strength { get; }

    /// <summary>Why it is claimed nevertheless.</summary>
    string Why { get; }
}
