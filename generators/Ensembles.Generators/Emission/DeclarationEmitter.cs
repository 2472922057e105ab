using Ensembles.Generators.Models;

namespace Ensembles.Generators.Emission;

/// <summary>Writes the declaration as data and the lists of components.</summary>
static class DeclarationEmitter
{
    public static void Write(SourceWriter writer, Lineup lineup)
    {
        using (writer.Indented($$"""

            /// <inheritdoc/>
            {{Code.Generated}}
            public override {{Code.Core}}.EnsembleDeclaration Declaration { get; } = new(
            """))
        {
            writer.Write($"""
                Name: {Code.Literal(lineup.Name)},
                Rule: {Code.Literal(lineup.Ensemble.RuleName)},
                Quorum: {lineup.Quorum},
                """);
            writer.WriteList("Members:", lineup.Members.Select(member => Declared(member, member.Member!.Weight)), ",");
            writer.WriteList("Gates:", lineup.Gates.Select(gate => Declared(gate, gate.Gate!.FalsePositiveRate)), ");");
        }

        WriteComponents(writer, lineup, "Members", "Classifier", lineup.Members);
        WriteComponents(writer, lineup, "Gates", "Detector", lineup.Gates);
    }

    static string Declared(ComponentModel component, double number)
    {
        var (name, defense) = (Code.Literal(component.Name), component.Defense);
        var strengths = Code.Join(defense.Strengths, strength => $"{strength}.Name");
        return $"new({name}, {Code.Literal(defense.Name)}, {defense.Category ?? "null"}, [{strengths}], {Code.Literal(number)})";
    }

    static void WriteComponents(SourceWriter writer, Lineup lineup, string property, string role, IEnumerable<ComponentModel> components)
    {
        writer.Write($"""

            /// <inheritdoc/>
            {Code.Generated}
            """);
        writer.WriteList(
            $"public override {Code.ListOf}<{Code.Core}.Named<{Code.Core}.{role}>> {property} =>",
            components.Select(component => $"new({Code.Literal(component.Name)}, {lineup.Module(component)})"),
            ";");
    }
}
