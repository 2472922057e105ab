using Ensembles.Declarations;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Emission;

/// <summary>Writes the tests of an ablation suite.</summary>
static class SuiteEmitter
{
    public static void Add(SourceProductionContext context, (SuiteModel Suite, string File) input) =>
        context.AddSource(
            input.Suite.IsRefused ? $"{input.File}-suite{EmittedNames.RefusedFile}" : $"{input.File}-suite.g.cs",
            Emit(input.Suite));

    public static string Emit(SuiteModel suite)
    {
        var writer = Code.OpenFile(suite.Place.Namespace, suite.Silenced);
        var tests = $"{Code.Core}.Xunit.AblationTests<{suite.Ensemble}>";
        if (suite.IsRefused)
        {
            // No framework runs what is abstract, and what is abstract may leave out what it should override.
            var @abstract = suite.IsSealed ? "" : "abstract ";
            using (writer.Reopened(suite.Place, $"{@abstract}partial class {suite.Type} : {tests}"))
                writer.Write("// No tests are written for this suite: an error at its declaration says why.");
            return writer.Complete();
        }

        var marks = string.Concat(suite.ClassAttributes.Select(attribute => $"[{attribute}]\n"));
        using (writer.Reopened(suite.Place, $"{marks}partial class {suite.Type} : {tests}"))
        {
            WriteTest(
                writer, suite, "The attack stands up to its own checks, without which no other number means anything.",
                suite.AttackTest, "AssertAttackIsSane()");
            writer.WriteLine();
            if (suite.WholeMayAddNothing)
                WriteTest(
                    writer, suite,
                    "The whole is no weaker than its best member, to which it may add nothing.",
                    suite.WholeTest, "AssertWholeIsNoWeakerThanBestMember()");
            else
                WriteTest(
                    writer, suite, "More images survive the attack on the whole than the attack on its best member.",
                    suite.WholeTest, "AssertWholeBeatsBestMember()");
            foreach (var component in suite.Components)
                WriteTests(writer, suite, component);
        }

        return writer.Complete();
    }

    static void WriteTests(SourceWriter writer, SuiteModel suite, SuiteComponentModel component)
    {
        var (name, literal) = (component.Name, $"\"{component.Name}\"");
        if (component.RateTest is { } rate)
        {
            writer.WriteLine();
            WriteTest(
                writer, suite, $"{name} rejects clean images no more often than declared.", rate,
                $"AssertGateKeepsItsRate({literal})");
        }

        if (component.AddsTest is { } adds)
        {
            writer.WriteLine();
            if (component.MayAddNothing)
                WriteTest(
                    writer, suite, $"The ensemble is no weaker with {name}, which may add nothing.", adds,
                    $"AssertMemberDoesNotSubtract({literal})");
            else
                WriteTest(
                    writer, suite, $"The ensemble is weaker without {name}.", adds, $"AssertMemberAdds({literal})");
        }

        foreach (var claim in component.Claims)
        {
            writer.WriteLine();
            // One that code here cannot name is found by its name.
            var asked = claim.Type is { } type ? $"<{type}>({literal})" : $"({literal}, \"{claim.Name}\")";
            if (claim.MayNotShow)
                WriteTest(
                    writer, suite, $"{name} is measured for the {claim.Strength} that its class claims: it may not "
                    + "show.", claim.Test, $"AssertClaimIsMeasured{asked}");
            else
                WriteTest(
                    writer, suite, $"{name} shows the {claim.Strength} that its class claims.", claim.Test,
                    $"AssertClaimHolds{asked}");
        }
    }

    static void WriteTest(SourceWriter writer, SuiteModel suite, string says, string name, string assertion)
    {
        writer.Write($"""
            /// <summary>{says}</summary>
            {Code.Generated}
            """);
        foreach (var attribute in suite.TestAttributes)
            writer.Write($"[{attribute}]");
        writer.Write($"public void {name}() => this.{assertion};");
    }
}
