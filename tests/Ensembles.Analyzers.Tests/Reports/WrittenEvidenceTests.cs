using Ensembles.Analyzers.Reports;
using Ensembles.Analyzers.Tests.Running;
using Ensembles.Attacks;
using Ensembles.Data;
using Ensembles.Defenses;
using Ensembles.Evaluation;
using Ensembles.Training;
using Microsoft.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using QuickStart;
using static TorchSharp.torch;

namespace Ensembles.Analyzers.Tests.Reports;

/// <summary>What a study writes is what the rules read, and of the declaration that was measured.</summary>
public sealed class WrittenEvidenceTests : IDisposable
{
    static readonly Lazy<AblationResult> studied = new(Study);

    readonly string folder = Directory.CreateTempSubdirectory("ensembles").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_rules_say_of_the_quick_start_what_a_study_found_of_it()
    {
        var result = studied.Value;
        EvidenceFile.Write(result, folder, new DateOnly(2026, 11, 26));
        var json = File.ReadAllText(Path.Combine(folder, "FiveStrengths.evidence.json"));

        var source = Repository.Read("examples", "QuickStart", "FiveStrengths.cs");
        var said = Say(source, json);
        Assert.Equal(
            ["Uncertainty", "Transfer", "Pruned", "Compact", "Edges"],
            said.Where(diagnostic => diagnostic.Id == ENS0501Contribution.Id)
                .Select(diagnostic => diagnostic.GetMessage().Split('`')[1]));
        Assert.All(said, diagnostic => Assert.EndsWith(
            "(8 images, FGSM at Linf 0.05, 2026-11-26)", diagnostic.GetMessage()));
        Assert.Equal(
            result.Claims.Where(claim => claim.Verdict == ClaimVerdict.Fails).Select(claim => claim.Strength).Order(),
            said.Where(diagnostic => diagnostic.Id == ENS0502ClaimFails.Id)
                .Select(diagnostic => diagnostic.GetMessage().Split(" claims ")[1].Split(',')[0]).Order());

        var changed = Say(source.Replace("0.05", "0.06", StringComparison.Ordinal), json);
        Assert.Equal([ENS0503OtherDeclaration.Id], changed.Select(diagnostic => diagnostic.Id));
    }

    [Fact]
    public void An_ensemble_with_another_among_its_members_is_the_one_that_was_measured()
    {
        var five = studied.Value.Declaration;
        var outer = new Ensembles.EnsembleDeclaration(
            "Outer", nameof(MeanLogit), 1,
            [
                MemberDeclaration.Of("Five", five, weight: 2),
                new MemberDeclaration("Other", nameof(EdgeClassifier), [Category.NonRobustFeatures], [], 1),
            ],
            []);
        EvidenceFile.Write(studied.Value with { Declaration = outer }, folder);
        var json = File.ReadAllText(Path.Combine(folder, "Outer.evidence.json"));
        var source = Repository.Read("examples", "QuickStart", "FiveStrengths.cs") + """

            [Ensemble<MeanLogit>]
            public partial class Outer
            {
                [Member(Weight = 2)] public partial FiveStrengths Five { get; }
                [Member] public partial EdgeClassifier Other { get; }
            }
            """;

        string[] Ids(string text) => [.. Say(text, json, "Outer").Select(diagnostic => diagnostic.Id).Distinct()];
        Assert.DoesNotContain(ENS0503OtherDeclaration.Id, Ids(source));
        Assert.Contains(
            ENS0503OtherDeclaration.Id, Ids(source.Replace(" Compact {", " Kompakt {", StringComparison.Ordinal)));
    }

    static IReadOnlyList<Diagnostic> Say(string source, string json, string name = "FiveStrengths") => AnalyzerRun.On(
        AnalyzerRun.Compile([source]).WithReferences(References.Without("QuickStart")),
        editorConfig: null,
        [new ENS0501Contribution(), new ENS0502ClaimFails(), new ENS0503OtherDeclaration()],
        new AdditionalJson($"/Demo/{name}.evidence.json", json)).Diagnostics;

    static AblationResult Study()
    {
        random.manual_seed(1);
        var data = new TextureShapes();
        using var training = data.Generate(40, seed: 1);
        using var validation = data.Generate(40, seed: 2);
        using var test = data.Generate(8, seed: 3);
        using var services = new ServiceCollection()
            .AddSingleton<INetworkFactory>(new SmallCnnFactory(channels: 1, imageSize: TextureShapes.Size, classes: 10))
            .AddTransient<UndefendedClassifier>()
            .AddFiveStrengths()
            .BuildServiceProvider();
        using var five = services.GetRequiredService<FiveStrengths>();
        using var undefended = services.GetRequiredService<UndefendedClassifier>();
        five.Train(training, new TrainingOptions { Seed = 1, Epochs = 1 });
        five.eval();
        undefended.eval();
        five.CalibrateGates(validation.Images);
        return new AblationStudy
        {
            Ensemble = five,
            Images = test,
            ValidationImages = validation.Images,
            Undefended = undefended,
            Threat = new ThreatModel(Norm.Linf, 0.05),
            Attacks = [new Fgsm()],
            Checks = CheckBudget.None,
            Seed = 1,
        }.Run();
    }
}
