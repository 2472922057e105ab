using Ensembles.Generators.Models;

namespace Ensembles.Generators.Emission;

/// <summary>Writes the declaration as data.</summary>
static class DeclarationEmitter
{
    public static void Write(SourceWriter writer, EnsembleModel ensemble)
    {
        // What an ensemble among the members declares is asked of it, so there has to be one.
        var becomes = ensemble.HasInner ? "=>" : "{ get; } =";
        using var declaration = writer.Indented($$"""

            /// <inheritdoc/>
            {{Code.Generated}}
            public override {{Code.Core}}.EnsembleDeclaration Declaration {{becomes}} new(
            """);
        writer.Write($"""
            Name: "{ensemble.Name}",
            Rule: "{ensemble.RuleName}",
            Quorum: {Code.Literal(ensemble.Quorum)},
            """);
        WriteFronts(writer, ensemble);
        writer.Append("Members:");
        using (writer.Brackets("],"))
        {
            foreach (var component in ensemble.Components)
            {
                if (component is { Member: { } weighted, IsEnsemble: true })
                    writer.Write(
                        $"{Code.Core}.MemberDeclaration.Of(\"{component.Name}\", "
                        + $"this.{Code.Identifier(component.Name)}.Declaration, {Code.Literal(weighted.Weight)}),");
                else if (component.Member is { } member)
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
                    Write(writer, component, gate.FalsePositiveRate, gate.IsBehindFronts);
            }
        }
    }

    static void WriteFronts(SourceWriter writer, EnsembleModel ensemble)
    {
        if (!ensemble.Components.Any(component => component.IsFront))
            return;
        writer.Append("Fronts:");
        using var fronts = writer.Brackets("],");
        foreach (var front in ensemble.Components.Where(component => component.IsFront))
            Write(writer, front, number: null);
    }

    static void Write(SourceWriter writer, ComponentModel component, double? number, bool isBehindFronts = false)
    {
        var defense = component.Defense;
        writer.Append($"""new("{component.Name}", "{defense.Name}", [""");
        WriteList(writer, $"{Code.Core}.Category.", defense.Categories, "");
        writer.Append("], [");
        WriteList(writer, "", defense.Strengths, ".Name");
        writer.Append("]");
        if (number is { } value)
            writer.Append($", {Code.Literal(value)}");
        writer.Write(isBehindFronts ? ", BehindFronts: true)," : "),");
    }

    static void WriteList(SourceWriter writer, string prefix, EquatableArray<string> items, string suffix)
    {
        for (var i = 0; i < items.Count; i++)
            writer.Append($"{(i == 0 ? "" : ", ")}{prefix}{items[i]}{suffix}");
    }
}
