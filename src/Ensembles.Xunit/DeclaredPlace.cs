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
        MemberInfo? declared = ensemble;
        var type = ensemble;
        foreach (var name in component?.Split('.') ?? [])
        {
            var property = type.GetProperty(name, Own);
            (declared, type) = (property, property?.PropertyType ?? typeof(void));
        }

        return declared?.GetCustomAttribute<DeclaringAttribute>() is { File: not "", Line: > 0 } at
            ? $"   at {Name(ensemble, component)} in {at.File}:line {at.Line}"
            : null;
    }

    static string Name(Type ensemble, string? component)
    {
        var name = (ensemble.FullName ?? ensemble.Name).Replace('+', '.');
        return component is null ? name : $"{name}.{component}";
    }
}
