using System.Globalization;
using System.Reflection;
using Ensembles.Attacks;

namespace Ensembles.Evaluation;

/// <summary>An attack with the hyperparameters it was run with.</summary>
/// <param name="Name">The attack with its budget.</param>
/// <param name="Type">Its class.</param>
/// <param name="Settings">Its public properties that hold numbers, booleans, strings or enum values.</param>
public sealed record AttackDescription(string Name, string Type, IReadOnlyDictionary<string, string> Settings)
{
    /// <summary>Describes an attack.</summary>
    public static AttackDescription Describe(IAttack attack)
    {
        var settings = attack.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite && property.CanRead && property.GetIndexParameters().Length == 0)
            .Where(property => IsSimple(property.PropertyType))
            .OrderBy(property => property.Name, StringComparer.Ordinal)
            .ToDictionary(
                property => property.Name,
                property => Convert.ToString(property.GetValue(attack), CultureInfo.InvariantCulture) ?? "");
        return new AttackDescription(attack.Name, attack.GetType().Name, settings);
    }

    /// <summary>The settings on one line: "Restarts 5, Steps 40".</summary>
    public override string ToString() =>
        string.Join(", ", Settings.Select(setting => $"{setting.Key} {setting.Value}"));

    static bool IsSimple(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        return type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(decimal)
            || type.IsAssignableTo(typeof(AttackLoss));
    }
}
