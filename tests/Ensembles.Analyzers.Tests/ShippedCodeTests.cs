using Ensembles.Analyzers.Tests.Running;
using Microsoft.CodeAnalysis;

namespace Ensembles.Analyzers.Tests;

/// <summary>The code that this repository shows to others raises no alarm.</summary>
public class ShippedCodeTests
{
    [Fact]
    public void The_quick_starts_ensemble_but_for_advice_on_what_is_random() => Assert.Equal(
        ["ENS0301 `Uncertainty`", "ENS0301 `Pruned`"],
        Reported("Demo", [Repository.Read("examples", "QuickStart", "FiveStrengths.cs")])
            .Select(advice => $"{advice.Id} {advice.GetMessage().Split(' ')[0]}"));

    [Fact]
    public void The_tutorial() => AssertSilent("Demo", [Repository.Read("examples", "Tutorial", "Defenses.cs")]);

    [Fact]
    public void The_shipped_defenses() =>
        AssertSilent("Ensembles.Defenses", Repository.Sources("src", "Ensembles.Defenses"));

    [Fact]
    public void The_training_room() =>
        AssertSilent("Ensembles.Training", Repository.Sources("src", "Ensembles.Training"));

    [Fact]
    public void The_library() => AssertSilent("Ensembles", Repository.Sources("src", "Ensembles"));

    static void AssertSilent(string assembly, IEnumerable<string> sources) =>
        Assert.Equal([], Reported(assembly, sources));

    static IReadOnlyList<Diagnostic> Reported(string assembly, IEnumerable<string> sources)
    {
        var compilation = AnalyzerRun.Compile([Repository.Usings, .. sources], assembly);
        compilation = compilation.WithReferences(
            compilation.References.Where(reference => Path.GetFileName(reference.Display) != $"{assembly}.dll"));
        compilation = compilation.WithOptions(compilation.Options.WithAllowUnsafe(true));

        var run = AnalyzerRun.On(compilation);

        Assert.Equal([], run.CompilerErrors);
        return run.Diagnostics;
    }
}
