using Ensembles.Analyzers.Compiling;
using Ensembles.Analyzers.Tests.Running;
using Ensembles.Defenses;
using Ensembles.Compiling.Tests;
using Ensembles.Training;
using Microsoft.CodeAnalysis;
using Shapes;
using static TorchSharp.torch;

namespace Ensembles.Analyzers.Tests.Compiling;

/// <summary>The rule says of a class what a plan says of its object.</summary>
public class AgreementTests
{
    static readonly CompileOptions options =
        new(1, 4, 4) { Choices = new PlanChoices(ChannelsLast: true, Part: 64, StackUpTo: 0) };
    static readonly INetworkFactory networks = new SmallCnnFactory(channels: 1, imageSize: 4, classes: 2);

    static readonly Classifier[] shapes =
    [
        new PlainLayers(), new OwnForward(), new WithDelegate(), new WithActivation(),
        new WithCapturedDelegate(x => x), new WithDelegates(), new WithListOfDelegates(),
        new WithNamedDelegates(), new WithTuple(), new WithStruct(), new WithPlainStruct(),
        new BehindAnInterface(), new BehindInterfaces(),
        new WithoutItsDelegate(), new WithNoise(), new Hooked(),
        new HooksAnother(), new MayHook(), new WithNativeLayer(), new WithLoss(), new WithStatistics(),
        new WithResource(), new LayersBesideADelegate(), new ResidualBesideADelegate(), new LayersWithADelegate(),
        new WithLayersInside(), new CopiesLayersInside(), new Derived(), new WithModuleList(), new WithModuleDict(),
        new WithParameterList(),
        new ListsNoise(), new ListsDelegates(), new NamesADelegate(),
    ];

    [Fact]
    public void On_every_shape_of_component() => AssertAgreement(
        shapes, [new Brightness(), new NoisyBrightness()], [
            Repository.Read("tests", "Ensembles.Analyzers.Tests", "Compiling", "Shapes.cs")]);

    [Fact]
    public void On_the_shipped_defenses() =>
        AssertAgreement(Shipped(), [new BayesianUncertaintyDetector(networks)], []);

    [Fact]
    public void On_the_source_of_the_shipped_defenses() =>
        AssertAgreement(Shipped(), [], Repository.Sources("src", "Ensembles.Defenses"), "Ensembles.Defenses");

    static Classifier[] Shipped() =>
    [
        new UndefendedClassifier(networks), new EnsembleAdversarialClassifier(networks),
        new StochasticPruningClassifier(networks), new CenterLossClassifier(networks), new EdgeClassifier(networks),
    ];

    static void AssertAgreement(
        Classifier[] members, Detector[] gates, IEnumerable<string> sources, string assembly = "Demo")
    {
        var expected = RunAsTheyAre(members, gates);
        Assert.NotEmpty(expected);
        Assert.NotEqual(members.Length, expected.Count);
        Assert.Equal(expected, Reported(members, gates, sources, assembly));
    }

    /// <summary>The classes that a plan runs as they are, by its text.</summary>
    static List<string> RunAsTheyAre(Classifier[] members, Detector[] gates)
    {
        using var ensemble = new Handmade<MeanLogit>(members, gates);
        ensemble.eval();
        using (no_grad())
            ensemble.Thresholds.ToList().ForEach(threshold => threshold.fill_(0.5));
        using var plan = ensemble.Compile(options);
        var lines = plan.ToString().Split('\n');
        return [
            .. members.Select((member, i) => (Name: member.GetType().Name, Line: $"  member M{i}: "))
                .Concat(gates.Select((gate, i) => (Name: gate.GetType().Name, Line: $"  gate G{i}: ")))
            .Where(part =>
                lines.Single(line => line.StartsWith(part.Line, StringComparison.Ordinal)).Contains("runs as it is"))
            .Select(part => part.Name)];
    }

    /// <summary>The classes that the rule reports where they are members and gates.</summary>
    static List<string> Reported(Classifier[] members, Detector[] gates, IEnumerable<string> sources, string assembly)
    {
        var declaration = $$"""
            using Ensembles;
            using Ensembles.Defenses;
            using Shapes;

            [Ensemble<MeanLogit>]
            public partial class Declared
            {
            {{string.Join(
                "\n",
                members.Select(member =>
                    $"    [Member] public partial {member.GetType().Name} The{member.GetType().Name} {{ get; }}"))}}
            {{string.Join(
                "\n",
                gates.Select(gate =>
                    $"    [Gate] public partial {gate.GetType().Name} The{gate.GetType().Name} {{ get; }}"))}}
            }

            namespace Shapes { }
            namespace Ensembles.Defenses { }
            """;
        var compilation = AnalyzerRun.Compile([declaration, .. sources, Repository.Usings], assembly);
        compilation = compilation.WithReferences(
            compilation.References.Where(reference =>
                Path.GetFileName(reference.Display) != $"{assembly}.dll"
                    && Path.GetFileName(reference.Display) != "Ensembles.Analyzers.Tests.dll"));
        var run = AnalyzerRun.On(compilation, new ENS0301RunsEagerly());
        Assert.Equal([], run.CompilerErrors);
        return [.. run.Diagnostics.Select(diagnostic => diagnostic.GetMessage().Split('`')[1]["The".Length..])];
    }
}
