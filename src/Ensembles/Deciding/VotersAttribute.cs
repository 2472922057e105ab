namespace Ensembles;

/// <summary>
/// On a voting rule that gives its members parts: it takes as many as there are parts, in this order of declaration. An
/// ensemble that declares another number does not compile; one with a member left out votes by those that remain.
/// </summary>
/// <param name="parts">The part of each member, such as "accurate" and "robust".</param>
[AttributeUsage(AttributeTargets.Class | AttributeTargets.Struct, Inherited = false)]
public sealed class VotersAttribute(params string[] parts) : Attribute
{
    /// <summary>The part of each member, in order of declaration.</summary>
    public IReadOnlyList<string> Parts { get; } = parts;
}
