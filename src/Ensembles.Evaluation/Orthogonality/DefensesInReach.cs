namespace Ensembles.Evaluation;

/// <summary>The classifiers that a running program could add to an ensemble.</summary>
static class DefensesInReach
{
    /// <summary>
    /// Names of the public classifiers of a category in the assemblies that are loaded, in alphabetical order.
    /// </summary>
    public static IReadOnlyList<string> Of(Category category) =>
    [
        .. AppDomain.CurrentDomain.GetAssemblies()
            .Where(assembly => !assembly.IsDynamic
                && assembly.GetReferencedAssemblies().Any(used => used.Name == typeof(Classifier).Namespace))
            .SelectMany(Exported)
            .Where(type => !type.IsAbstract && type.IsAssignableTo(typeof(Classifier))
                && Attribute.GetCustomAttribute(type, typeof(DefenseAttribute)) is DefenseAttribute defense
                && defense.Categories.Contains(category))
            .Select(type => type.Name).Distinct().Order(StringComparer.Ordinal),
    ];

    static IEnumerable<Type> Exported(System.Reflection.Assembly assembly)
    {
        try
        {
            return assembly.GetExportedTypes();
        }
        catch (Exception e) when (e is FileNotFoundException or TypeLoadException or FileLoadException)
        {
            // A part of it refers to something that is not deployed here.
            return [];
        }
    }
}
