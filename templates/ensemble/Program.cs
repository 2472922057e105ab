using Ensembles;
using Ensembles.Attacks;
using Ensembles.Data;
using Ensembles.Defenses;
using Ensembles.Evaluation;
using Ensembles.Training;
using Microsoft.Extensions.DependencyInjection;
using NewEnsemble;
using Spectre.Console;
using static TorchSharp.torch;

random.manual_seed(1);
var data = new TextureShapes();
using var training = data.Generate(2000, seed: 1);
using var test = data.Generate(40, seed: 2);

// AddPair is generated, like the constructor, the vote and everything else of Pair.
using var services = new ServiceCollection()
    .AddSingleton<INetworkFactory>(new SmallCnnFactory(channels: 1, imageSize: TextureShapes.Size, classes: 10))
    .AddPair()
    .BuildServiceProvider();
var pair = services.GetRequiredService<Pair>();
pair.Train(training, new TrainingOptions { Seed = 1, Epochs = 3 });
pair.eval();

// Attacks the whole, each member alone, and the ensemble without each member, each with an attack built for it.
var result = new AblationStudy
{
    Ensemble = pair,
    Images = test,
    Threat = new ThreatModel(Norm.Linf, 0.03),
    Attacks = [new Pgd { Steps = 20, Restarts = 2 }],
    Seed = 1,
}.Run();

ConsoleReport.Write(
    new RobustnessReport
    {
        Title = nameof(Pair), Dataset = "embedded texture shapes", Command = "dotnet run", Result = result,
    },
    AnsiConsole.Console);
