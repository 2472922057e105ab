using System.Reflection;

namespace Ensembles.Xunit;

/// <summary>Where an ensemble and its components are declared, in the words of a stack trace.</summary>
static class DeclaredPlace
{
    const BindingFlags Own =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>
    /// "   at Demo.Pair.Edges in Pair.cs:line 12"; null where the attribute is missing or does not know its place.
    /// </summary>
    /// <param name="ensemble">The ensemble's class.</param>
    /// <param name="component">
    /// The property name of a component, or the path to one of an ensemble among the members; null for the ensemble
    /// itself.
    /// </param>
    public static string? Of(Type ensemble, string? component)
    {
        MemberInfo? declared = component is null ? ensemble : PropertyOf(ensemble, component);
        return declared?.GetCustomAttribute<DeclaringAttribute>() is { File: not "", Line: > 0 } at
            ? $"   at {Name(ensemble, component)} in {at.File}:line {at.Line}"
            : null;
    }

    /// <summary>The property that declares a component; null where there is none.</summary>
    /// <param name="ensemble">The ensemble's class.</param>
    /// <param name="component">Its name, or the path to one of an ensemble among the members.</param>
    public static PropertyInfo? PropertyOf(Type ensemble, string component)
    {
        PropertyInfo? property = null;
        var type = ensemble;
        foreach (var name in component.Split('.'))
        {
            property = null;
            // An ensemble may inherit components.
            for (var at = type; at is not null && property is null; at = at.BaseType)
                property = at.GetProperty(name, Own);
            type = property?.PropertyType ?? typeof(void);
        }

        return property;
    }

    static string Name(Type ensemble, string? component)
    {
        var name = (ensemble.FullName ?? ensemble.Name).Replace('+', '.');
        return component is null ? name : $"{name}.{component}";
    }
}
