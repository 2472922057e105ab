using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Emission;

/// <summary>Writes the tests of an ablation suite.</summary>
static class SuiteEmitter
{
    public static void Add(SourceProductionContext context, (SuiteModel Suite, string File) input) =>
        context.AddSource($"{input.File}-suite.g.cs", Emit(input.Suite));

    public static string Emit(SuiteModel suite)
    {
        var writer = Code.OpenFile(suite.Place.Namespace);
        var tests = $"{Code.Core}.Xunit.AblationTests<{suite.Ensemble}>";
        using (writer.Reopened(suite.Place, $"partial class {suite.Type} : {tests}"))
        {
            WriteTest(
                writer, "The attack stands up to its own checks, without which no other number means anything.",
                "Attack_passes_its_sanity_checks", "AssertAttackIsSane()");
            writer.WriteLine();
            if (suite.WholeMayAddNothing)
                WriteTest(
                    writer,
                    "More images survive the attack on the whole than the attack on its weakest member; it may add "
                    + "nothing to its best one.",
                    "Whole_beats_its_weakest_member", "AssertWholeBeatsWeakestMember()");
            else
                WriteTest(
                    writer, "More images survive the attack on the whole than the attack on its best member.",
                    "Whole_beats_its_best_member", "AssertWholeBeatsBestMember()");
            foreach (var component in suite.Components)
                WriteTests(writer, component);
        }

        return writer.Complete();
    }

    static void WriteTests(SourceWriter writer, SuiteComponentModel component)
    {
        var (name, literal) = (component.Name, $"\"{component.Name}\"");
        if (component.IsGate)
        {
            writer.WriteLine();
            WriteTest(
                writer, $"{name} rejects clean images no more often than declared.",
                $"{name}_keeps_its_false_positive_rate", $"AssertGateKeepsItsRate({literal})");
        }

        if (!component.CanBeLeftOut)
            return;
        writer.WriteLine();
        if (component.MayAddNothing)
            WriteTest(
                writer, $"The ensemble is no weaker with {name}, which may add nothing.", $"{name}_does_not_subtract",
                $"AssertMemberDoesNotSubtract({literal})");
        else
            WriteTest(
                writer, $"The ensemble is weaker without {name}.", $"{name}_adds", $"AssertMemberAdds({literal})");
    }

    static void WriteTest(SourceWriter writer, string says, string name, string assertion) => writer.Write($"""
        /// <summary>{says}</summary>
        {Code.Generated}
        [global::Xunit.Fact]
        public void {name}() => this.{assertion};
        """);
}
