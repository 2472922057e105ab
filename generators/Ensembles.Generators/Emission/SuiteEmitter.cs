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
            WriteTest(
                writer, suite, "The whole is right on as many clean images as the setup asks for.",
                suite.CleanTest, "AssertCleanAccuracy()");
            WriteWhole(writer, suite, suite.WholeTest, "its best member", "BestMember");
            if (suite.CategoryTest is { } category)
                WriteWhole(writer, suite, category, "its members of any one category", "SingleCategories");
            if (suite.CopiesTest is { } copies)
                WriteWhole(writer, suite, copies, "as many copies of any one member", "Copies");
            foreach (var component in suite.Components)
                WriteTests(writer, suite, component);
        }

        return writer.Complete();
    }

    static void WriteWhole(SourceWriter writer, SuiteModel suite, string name, string other, string assertion)
    {
        writer.WriteLine();
        if (suite.WholeMayAddNothing)
            WriteTest(
                writer, suite, $"The whole is no weaker than {other}, to which it may add nothing.", name,
                $"AssertWholeIsNoWeakerThan{assertion}()");
        else
            WriteTest(
                writer, suite, $"More images survive the attack on the whole than the attack on {other}.", name,
                $"AssertWholeBeats{assertion}()");
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

        if (component.UndefendedTest is { } undefended)
        {
            writer.WriteLine();
            if (component.MayAddNothing)
                WriteTest(
                    writer, suite, $"{name} does no less than an undefended network would in its place.", undefended,
                    $"AssertMemberIsNoWorseThanUndefended({literal})");
            else
                WriteTest(
                    writer, suite, $"{name} does more than an undefended network would in its place.", undefended,
                    $"AssertMemberBeatsUndefended({literal})");
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
