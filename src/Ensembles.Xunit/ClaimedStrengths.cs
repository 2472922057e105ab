namespace Ensembles.Xunit;

/// <summary>Strengths that a component's class claims, by the names of their classes.</summary>
static class ClaimedStrengths
{
    /// <summary>The strengths' own names, in the order they are claimed.</summary>
    /// <param name="ensemble">The ensemble's class.</param>
    /// <param name="component">
    /// The property name of a component, or the path to one of an ensemble among the members.
    /// </param>
    /// <param name="strength">The name of the strength's class, without what stands around it.</param>
    /// <exception cref="ArgumentException">The component claims nothing by that name.</exception>
    public static IReadOnlyList<string> Called(Type ensemble, string component, string strength)
    {
        var type = DeclaredPlace.PropertyOf(ensemble, component)?.PropertyType;
        string[] called =
        [
            .. (type?.GetCustomAttributes(inherit: false) ?? [])
                .OfType<IClaim>()
                .Where(claim => NameOf(claim.GetType().GenericTypeArguments[0]) == strength)
                .Select(claim => claim.Strength)
                .Distinct(),
        ];
        return called.Length > 0
            ? called
            : throw new ArgumentException($"{component} does not claim {strength}.", nameof(strength));
    }

    /// <summary>The name as it is written: without a file's, and without the number of type arguments.</summary>
    static string NameOf(Type type)
    {
        var name = type.Name;
        // A type of one file is called <File>F0123ABCD__Name.
        if (name.StartsWith('<') && name.IndexOf("__", StringComparison.Ordinal) is > 0 and var end)
            name = name[(end + 2)..];
        return name.Split('`')[0];
    }
}
