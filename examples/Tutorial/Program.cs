using Ensembles;
using Ensembles.App;
using Ensembles.Attacks;
using Ensembles.Data;
using Ensembles.Training;
using Microsoft.Extensions.DependencyInjection;
using Tutorial;
using static TorchSharp.torch;

set_num_threads(1);
var data = new TextureShapes();

// AddTrio is generated, like the constructor, the vote and everything else of Trio.
using var services = new ServiceCollection()
    .AddSingleton<INetworkFactory>(new SmallCnnFactory(channels: 1, imageSize: 28, classes: 10))
    .AddTrio()
    .BuildServiceProvider();

return await EnsembleApp.Run(args, new EnsembleSetup<Trio>
{
    Create = services.GetRequiredService<Trio>,
    Train = (trio, images, options) => trio.Train(images, options),
    TrainingImages = () => data.Generate(3000, seed: 1),
    TestImages = () => data.Generate(60, seed: 2),
    Training = new TrainingOptions { Epochs = 4 },
    Threat = new ThreatModel(Norm.Linf, 0.03),
    Attacks = [new Pgd { Steps = 20, Restarts = 6 }],
    Dataset = "texture shapes: 3000 training images, 60 test images",
    ClassNames = TextureShapes.ClassNames,
});
