using Certified;
using Ensembles.Data;
using Ensembles.Evaluation;
using Ensembles.Training;
using Spectre.Console;
using static TorchSharp.torch;

// An ensemble with a certified member: trained, attacked and certified on the embedded dataset.
set_num_threads(1);
random.manual_seed(1);
var data = new TextureShapes();
using var training = data.Generate(3000, seed: 1);
using var test = data.Generate(100, seed: 2);
var workflow = new Workflow(training, test, new SmallCnnFactory(channels: 1, imageSize: 28, classes: 10), epochs: 20);
using var ensemble = workflow.Train();
var output = args is [var folder] ? folder : Path.Combine("artifacts", "certified");
var report = new RobustnessReport
{
    Title = $"{nameof(Trusted)} on embedded texture shapes",
    Dataset = "embedded texture shapes: 3000 training images, 100 test images",
    Command = "dotnet run --project examples/Certified -c Release",
    Result = workflow.Run(ensemble),
    ClassNames = TextureShapes.ClassNames,
};
Directory.CreateDirectory(output);
report.Write(output);
ConsoleReport.Write(report, AnsiConsole.Console);
Console.WriteLine($"The whole report: {Path.Combine(output, "report.html")}");
