using Ensembles;
using Ensembles.App;
using Ensembles.Attacks;
using Ensembles.Data;
using Ensembles.Defenses;
using Ensembles.Training;
using Microsoft.Extensions.DependencyInjection;
using NewEnsemble;

var data = new TextureShapes();

// AddPair is generated, like the constructor, the vote and everything else of Pair.
using var services = new ServiceCollection()
    .AddSingleton<INetworkFactory>(new SmallCnnFactory(channels: 1, imageSize: TextureShapes.Size, classes: 10))
    .AddTransient<UndefendedClassifier>()
    .AddPair()
    .BuildServiceProvider();

// Attacks the whole, each member alone, and the ensemble without each member, each with an attack built for it.
// --help lists what else it does: attack, claims, search, compare.
return await EnsembleApp.Run(args, new EnsembleSetup<Pair>
{
    Create = services.GetRequiredService<Pair>,
    Train = (pair, images, options) => pair.Train(images, options),
    Undefended = services.GetRequiredService<UndefendedClassifier>,
    TrainingImages = () => data.Generate(2000, seed: 1),
    TestImages = () => data.Generate(40, seed: 2),
    Training = new TrainingOptions { Epochs = 3 },
    Threat = new ThreatModel(Norm.Linf, 0.03),
    Attacks = [new Pgd { Steps = 20, Restarts = 2 }],
    Dataset = "embedded texture shapes: 2000 training images, 40 test images",
    ClassNames = TextureShapes.ClassNames,
});
