using System.Globalization;
using System.Text;

namespace Ensembles.Evaluation;

/// <summary>Writes an ensemble that a search found as the C# that declares it.</summary>
static class SearchedDeclaration
{
    const string Class = "Found";

    /// <summary>The declaration, with the namespaces that it uses.</summary>
    public static string Write(EnsembleSearch search, SearchSpace space, SearchedEnsemble ensemble)
    {
        var rule = space.RuleOf(ensemble).Type;
        (string Attribute, Type Type, string Name)[] components =
        [
            .. ensemble.Gates.Select(gate => (
                string.Create(
                    CultureInfo.InvariantCulture, $"Gate(FalsePositiveRate = {gate.FalsePositiveRate:R})"),
                search.Detectors.First(detector => detector.Name == gate.Detector).Module.GetType(),
                gate.Detector)),
            .. ensemble.Members.Select(name => (
                "Member",
                search.Classifiers.First(classifier => classifier.Name == name).Module.GetType(),
                name)),
        ];
        var text = new StringBuilder();
        foreach (var used in components.Select(component => component.Type).Append(rule).SelectMany(Namespaces)
            .Append("Ensembles").Distinct().Order(StringComparer.Ordinal))
            text.AppendLine($"using {used};");
        var quorum = ensemble.Quorum > 1 ? $"(Quorum = {ensemble.Quorum})" : "";
        text.AppendLine()
            .AppendLine($"[Ensemble<{NameOf(rule)}>{quorum}]")
            .AppendLine($"public partial class {(components.Any(c => c.Name == Class) ? $"{Class}Ensemble" : Class)}")
            .AppendLine("{");
        foreach (var (attribute, type, name) in components)
            text.AppendLine($"    [{attribute}] public partial {NameOf(type)} {Identifier(name)} {{ get; }}");
        return text.AppendLine("}").ToString();
    }

    /// <summary>The name as C# writes it: every keyword is in small letters, and any name may have an @.</summary>
    static string Identifier(string name) => name.All(char.IsAsciiLetterLower) ? $"@{name}" : name;

    /// <summary>A type as C# names it: <c>Outer.Inner&lt;Argument&gt;</c>.</summary>
    static string NameOf(Type type)
    {
        var (arguments, used) = (type.GetGenericArguments(), 0);
        List<string> parts = [];
        foreach (var part in Enclosing(type))
        {
            var own = part.GetGenericArguments().Length - used;
            var names = string.Join(", ", arguments.Skip(used).Take(own).Select(NameOf));
            parts.Add(own == 0 ? part.Name : $"{part.Name[..part.Name.IndexOf('`')]}<{names}>");
            used += own;
        }

        return string.Join('.', parts);
    }

    /// <summary>The types around a type, outermost first, and the type itself.</summary>
    static IEnumerable<Type> Enclosing(Type type) =>
        type.DeclaringType is { } outer ? [.. Enclosing(outer), type] : [type];

    static IEnumerable<string> Namespaces(Type type) =>
        type.GetGenericArguments().SelectMany(Namespaces)
            .Concat(type.Namespace is { Length: > 0 } own ? [own] : []);
}
