using Ensembles;
using Ensembles.Attacks;
using Ensembles.Data;
using Ensembles.Evaluation;
using Ensembles.Training;
using Microsoft.Extensions.DependencyInjection;
using Tutorial;
using static TorchSharp.torch;

set_num_threads(1);
random.manual_seed(1);
var data = new TextureShapes();
using var training = data.Generate(3000, seed: 1);
using var test = data.Generate(60, seed: 2);

// AddTrio is generated, like the constructor, the vote and everything else of Trio.
using var services = new ServiceCollection()
    .AddSingleton<INetworkFactory>(new SmallCnnFactory(channels: 1, imageSize: 28, classes: 10))
    .AddTrio()
    .BuildServiceProvider();
var trio = services.GetRequiredService<Trio>();
trio.Train(training, new TrainingOptions { Seed = 1, Epochs = 4 });
trio.eval();

var result = new AblationStudy
{
    Ensemble = trio,
    Images = test,
    Threat = new ThreatModel(Norm.Linf, 0.03),
    Attacks = [new Pgd { Steps = 20, Restarts = 6 }],
    Seed = 1,
}.Run();
Console.WriteLine(result);
