using System.CommandLine;
using System.Text.Json;
using Ensembles.Attacks;
using Ensembles.Data;
using Ensembles.Defenses;
using Ensembles.Evaluation;
using Ensembles.Training;
using TorchSharp;

namespace Ensembles.App.Tests;

[Ensemble<MeanProbability>]
public partial class Tiny
{
    [Member] public partial UndefendedClassifier Plain { get; }
    [Member] public partial CenterLossClassifier Compact { get; }
}

public sealed class EnsembleAppTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles-app-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    static EnsembleSetup<Tiny> Setup(int images = 24)
    {
        var networks = new MlpFactory(channels: 1, imageSize: 28, classes: 10, 12);
        return new()
        {
            Create = () => new Tiny(new UndefendedClassifier(networks), new CenterLossClassifier(networks)),
            Train = (ensemble, training, options) => ensemble.Train(training, options),
            TrainingImages = () => new TextureShapes().Generate(300, seed: 1),
            TestImages = () => new TextureShapes().Generate(images, seed: 2),
            Training = new TrainingOptions { Epochs = 4 },
            Threat = new ThreatModel(Norm.Linf, 0.01),
            Attacks = [new Pgd { Steps = 10 }],
            Dataset = "texture shapes: few",
        };
    }

    /// <summary>What a command line prints and ends with.</summary>
    async Task<(int Code, string Output, string Error)> Run(
        EnsembleSetup<Tiny> setup, string[] args, string? into = null, CancellationToken cancellation = default)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var streams = new InvocationConfiguration { Output = output, Error = error };
        var code = await EnsembleApp.Run(
            [.. args, "--output", into ?? folder], _ => setup, [], streams, cancellation);
        return (code, output.ToString(), error.ToString());
    }

    string PathOf(string name) => Path.Combine(folder, name);

    [Fact]
    public async Task Without_a_command_it_ablates_and_writes_every_form_of_the_report()
    {
        var (code, output, error) = await Run(
            Setup() with { Exporters = [new Headline()], EvidenceFolder = folder }, []);

        var report = ReportJson.Read(PathOf("report.json"));
        Assert.Equal(report.Result.Valid ? ExitCodes.Done : ExitCodes.Invalid, code);
        Assert.Equal(["Plain", "Compact"], report.Result.Members.Select(member => member.Name));
        Assert.Equal("Tiny on texture shapes", report.Title);
        Assert.Equal(["training Plain", "training Compact"], report.Timings.Select(timing => timing.What));
        Assert.Equal(new MarkdownReport().Write(report), File.ReadAllText(PathOf("report.md")));
        Assert.Equal("Tiny on texture shapes!", File.ReadAllText(PathOf("headline.txt")));
        Assert.Contains("\"Compact\"", File.ReadAllText(PathOf("Tiny.evidence.json")), StringComparison.Ordinal);
        Assert.Contains("The whole report", output, StringComparison.Ordinal);
        Assert.Contains("training Compact: network", error, StringComparison.Ordinal);

        // Once more: nothing is trained or attacked again.
        var written = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
            .ToDictionary(file => file, File.GetLastWriteTimeUtc);
        var again = await Run(Setup(), ["ablate", "--json"]);
        Assert.Equal(code, again.Code);
        var printed = JsonDocument.Parse(again.Output).RootElement.GetProperty("Result");
        Assert.Equal(
            JsonSerializer.Serialize(JsonDocument.Parse(ReportJson.Of(report.Result)).RootElement),
            JsonSerializer.Serialize(printed));
        Assert.All(
            written.Where(file => file.Key.EndsWith(".safetensors", StringComparison.Ordinal)),
            file => Assert.Equal(file.Value, File.GetLastWriteTimeUtc(file.Key)));
    }

    [Fact]
    public async Task A_run_that_is_stopped_goes_on_to_the_same_figures()
    {
        var undisturbed = await Run(Setup(), ["attack", "--json"]);
        Directory.Delete(folder, recursive: true);
        using var stop = new CancellationTokenSource();
        var stopping = Setup() with
        {
            Train = (ensemble, training, options) =>
            {
                ensemble.Train(training, options);
                stop.Cancel();
            },
        };
        var stopped = await Run(stopping, ["attack"], cancellation: stop.Token);
        Assert.Equal(ExitCodes.Stopped, stopped.Code);
        Assert.Contains("the same command resumes", stopped.Error, StringComparison.Ordinal);

        var resumed = await Run(Setup(), ["attack", "--json"]);
        Assert.Equal(undisturbed.Code, resumed.Code);
        Assert.Equal(
            JsonDocument.Parse(undisturbed.Output).RootElement.GetProperty("Survival").ToString(),
            JsonDocument.Parse(resumed.Output).RootElement.GetProperty("Survival").ToString());
    }

    [Fact]
    public async Task Exit_codes_tell_ci_what_happened()
    {
        // Nothing was checked, so nothing is proven.
        Assert.Equal(ExitCodes.Invalid, (await Run(Setup() with { Checks = CheckBudget.None }, ["attack"])).Code);
        var valid = await Run(Setup(), ["attack", "--at-least", "0"]);
        Assert.Equal(ExitCodes.Done, valid.Code);
        Assert.StartsWith("VALID Tiny", valid.Output, StringComparison.Ordinal);
        Assert.Equal(ExitCodes.BelowFloor, (await Run(Setup(), ["attack", "--at-least", "1"])).Code);
        foreach (var floor in (string[])["NaN", "85", "-1"])
            Assert.Equal(ExitCodes.Usage, (await Run(Setup(), ["attack", "--at-least", floor])).Code);
        Assert.Equal(ExitCodes.Usage, (await Run(Setup(), ["atack"])).Code);
        Assert.Equal(ExitCodes.Usage, (await Run(Setup(), ["attack", "--device", "abacus"])).Code);

        var lost = await Run(Setup(), ["compare", PathOf("a.json"), PathOf("b.json")]);
        Assert.Equal(ExitCodes.Failed, lost.Code);
        Assert.Contains("a.json", lost.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Claims_are_measured_beside_the_twin_and_refused_without_it()
    {
        var refused = await Run(Setup(), ["claims"]);
        Assert.Equal(ExitCodes.Failed, refused.Code);
        Assert.Contains("name one as Undefended", refused.Error, StringComparison.Ordinal);

        var networks = new MlpFactory(channels: 1, imageSize: 28, classes: 10, 12);
        var measured = await Run(
            Setup() with { Undefended = () => new UndefendedClassifier(networks) }, ["claims", "--json"]);
        Assert.Equal(ExitCodes.Done, measured.Code);
        var claim = Assert.Single(JsonDocument.Parse(measured.Output).RootElement.EnumerateArray());
        Assert.Equal("Compact", claim.GetProperty("Component").GetString());
        Assert.Equal(IntraClassCompactness.Name, claim.GetProperty("Strength").GetString());
    }

    [Fact]
    public async Task The_search_prints_a_declaration_and_holds_half_of_the_images_out()
    {
        var found = await Run(Setup(images: 40), ["search"]);
        Assert.Contains("[Ensemble<", found.Output, StringComparison.Ordinal);
        Assert.Contains("On 20 images held out", found.Output, StringComparison.Ordinal);
        Assert.Equal(found.Output.Trim(), File.ReadAllText(PathOf("search.md")).Trim());
    }

    [Fact]
    public async Task Reports_are_compared_image_by_image()
    {
        await Run(Setup(), ["ablate", "--seed", "1"]);
        File.Copy(PathOf("report.json"), PathOf("first.json"));
        var second = await Run(Setup() with { Variant = "second" }, ["ablate", "--seed", "2"]);
        Assert.NotEqual(ExitCodes.Failed, second.Code);
        var other = Path.Combine("second", "report.json");

        var (_, same, _) = await Run(Setup(), ["compare", PathOf("first.json"), PathOf("first.json")]);
        Assert.Contains("shows no measurable difference", same, StringComparison.Ordinal);
        Assert.Contains("0.0 points", same, StringComparison.Ordinal);

        var (code, json, _) = await Run(Setup(), ["compare", PathOf("first.json"), PathOf(other), "--json"]);
        var lenient = JsonDocument.Parse(json).RootElement.GetProperty("Lenient");
        double Whole(string file) => ReportJson.Read(PathOf(file)).Result.Whole.At(0.01).Lenient.Value;
        Assert.Equal(Whole("first.json"), lenient.GetProperty("Without").GetProperty("Value").GetDouble());
        Assert.NotEqual(Whole("first.json"), Whole(other));
        Assert.Equal(Whole(other), lenient.GetProperty("With").GetProperty("Value").GetDouble());

        await Run(Setup(images: 12), ["ablate"]);
        var fewer = await Run(Setup(), ["compare", PathOf("first.json"), PathOf("report.json")]);
        Assert.Equal(ExitCodes.Failed, fewer.Code);
        Assert.Contains("24 and 12 images", fewer.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_cannot_be_compared_is_refused_and_other_attacks_are_told()
    {
        await Run(Setup(), ["ablate"]);
        File.Copy(PathOf("report.json"), PathOf("first.json"));
        var elsewhere = Setup() with { TestImages = () => new TextureShapes().Generate(24, seed: 7) };
        await Run(elsewhere, ["ablate"]);
        var images = await Run(Setup(), ["compare", PathOf("first.json"), PathOf("report.json")]);
        Assert.Equal(ExitCodes.Failed, images.Code);
        Assert.Contains("of other images", images.Error, StringComparison.Ordinal);

        // Its name is the same.
        await Run(Setup() with { Attacks = [new Pgd { Steps = 4, StepSize = 1e-7 }] }, ["ablate"]);
        var attacks = await Run(Setup(), ["compare", PathOf("first.json"), PathOf("report.json")]);
        Assert.Contains("The attacks are others", attacks.Output, StringComparison.Ordinal);

        File.WriteAllText(
            PathOf("report.json"), """{ "Title": "T", "Dataset": "D", "Command": "C", "Result": null }""");
        var damaged = await Run(Setup(), ["compare", PathOf("first.json"), PathOf("report.json")]);
        Assert.Contains("Create it again", damaged.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_is_no_output_folder()
    {
        var file = PathOf("notes.txt");
        File.WriteAllText(file, "kept");
        var found = await Run(Setup(), ["attack"], file);
        Assert.Equal(ExitCodes.Failed, found.Code);
        Assert.Contains("is a file, and what is written needs a folder", found.Error, StringComparison.Ordinal);
        Assert.Equal("kept", File.ReadAllText(file));
    }

    [Fact]
    public async Task Training_images_are_no_test_images()
    {
        var known = await Run(
            Setup() with { TestImages = () => new TextureShapes().Generate(24, seed: 1) }, ["attack"]);
        Assert.Equal(ExitCodes.Failed, known.Code);
        Assert.Contains("24 of 24 test images are training images", known.Error, StringComparison.Ordinal);

        using var images = new TextureShapes().Generate(24, seed: 2);
        var twice = await Run(Setup() with { TestImages = () => images, ValidationImages = () => images }, ["attack"]);
        Assert.Equal(ExitCodes.Failed, twice.Code);
        Assert.Contains("anew in each call", twice.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_search_has_every_class_in_both_halves()
    {
        var sorted = Setup() with
        {
            TestImages = () =>
            {
                using var images = new TextureShapes().Generate(40, seed: 2);
                using var order = images.Labels.argsort();
                return images.Select(order.data<long>().ToArray());
            },
            // Without weights they say 0 of every image: right on two of twenty where all classes are there.
            Train = (ensemble, _, _) =>
            {
                using var unrecorded = torch.no_grad();
                foreach (var parameter in ensemble.parameters())
                    parameter.zero_();
            },
            Checks = CheckBudget.None,
        };
        var found = await Run(sorted, ["search", "--json"]);
        var survival = JsonDocument.Parse(found.Output).RootElement.GetProperty("HeldOut").GetProperty("Survival");
        Assert.Equal(2, survival.GetProperty("Lenient")[0].EnumerateArray().Sum(right => right.GetInt32()));
    }

    [Fact]
    public async Task A_report_is_written_again_from_its_json()
    {
        await Run(Setup(), []);
        var html = File.ReadAllText(PathOf("report.html"));
        File.Delete(PathOf("report.html"));
        await Run(Setup(), ["report", PathOf("report.json")]);
        Assert.Equal(html, File.ReadAllText(PathOf("report.html")));

        File.WriteAllText(PathOf("report.json"), "{ \"Title\": ");
        var damaged = await Run(Setup(), ["report", PathOf("report.json")]);
        Assert.Equal(ExitCodes.Failed, damaged.Code);
        Assert.Contains("Create it again", damaged.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Options_of_ones_own_reach_the_setup()
    {
        var wide = new Option<int>("--images") { DefaultValueFactory = _ => 24 };
        using var output = new StringWriter();
        var code = await EnsembleApp.Run(
            ["attack", "--images", "7", "--json", "--output", folder],
            run => Setup(run.Parsed.GetValue(wide)), [wide], new InvocationConfiguration { Output = output });
        Assert.NotEqual(ExitCodes.Failed, code);
        Assert.Equal(7, JsonDocument.Parse(output.ToString()).RootElement.GetProperty("Count").GetInt32());
    }

    sealed class Headline : IReportExporter
    {
        public string FileName => "headline.txt";

        public string Write(RobustnessReport report) => $"{report.Title}!";
    }
}
