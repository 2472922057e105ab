using Ensembles.Generators.Models;

namespace Ensembles.Generators.Emission;

/// <summary>Writes the declaration as data.</summary>
static class DeclarationEmitter
{
    public static void Write(SourceWriter writer, EnsembleModel ensemble)
    {
        using var declaration = writer.Indented($$"""

            /// <inheritdoc/>
            {{Code.Generated}}
            public override {{Code.Core}}.EnsembleDeclaration Declaration { get; } = new(
            """);
        writer.Append($"""
            Name: "{ensemble.Name}",
            Rule: "{ensemble.RuleName}",
            Quorum: {Code.Literal(ensemble.Quorum)},
            Members:
            """);
        using (writer.Brackets("],"))
        {
            foreach (var component in ensemble.Components)
            {
                if (component.Member is { } member)
                    Write(writer, component, member.Weight);
            }
        }

        if (ensemble.Gates == 0)
        {
            writer.Write("Gates: []);");
            return;
        }

        writer.Append("Gates:");
        using (writer.Brackets("]);"))
        {
            foreach (var component in ensemble.Components)
            {
                if (component.Gate is { } gate)
                    Write(writer, component, gate.FalsePositiveRate);
            }
        }
    }

    static void Write(SourceWriter writer, ComponentModel component, double number)
    {
        var defense = component.Defense;
        writer.Append($"""new("{component.Name}", "{defense.Name}", [""");
        WriteList(writer, $"{Code.Core}.Category.", defense.Categories, "");
        writer.Append("], [");
        WriteList(writer, "", defense.Strengths, ".Name");
        writer.Write($"], {Code.Literal(number)}),");
    }

    static void WriteList(SourceWriter writer, string prefix, EquatableArray<string> items, string suffix)
    {
        for (var i = 0; i < items.Count; i++)
            writer.Append($"{(i == 0 ? "" : ", ")}{prefix}{items[i]}{suffix}");
    }
}
