namespace Ensembles.Xunit;

/// <summary>
/// States openly that a component may add nothing under the suite's attack: its test then asserts that it does not
/// subtract, and the report shows the reason given.
/// </summary>
/// <param name="component">
/// The property name of the member or gate; or the ensemble's name: the whole may add nothing to its best member, and
/// its test asserts only that it is no weaker.
/// </param>
/// <param name="why">Why it is in the ensemble nevertheless.</param>
[AttributeUsage(AttributeTargets.Class, AllowMultiple = true, Inherited = false)]
public sealed class MayAddNothingAttribute(string component, string why) : Attribute
{
    /// <summary>The property name of the member or gate, or the ensemble's name.</summary>
    public string Component { get; } = component;

    /// <summary>Why it is in the ensemble nevertheless.</summary>
    public string Why { get; } = why;
}
