using Cluster;
using Ensembles;
using Ensembles.App;
using Ensembles.Attacks;
using Ensembles.Data;
using Ensembles.Defenses;
using Ensembles.Training;
using static TorchSharp.torch;

// A study of seconds, to be shared by the tasks of a cluster as one of days is; see README.md.
set_num_threads(1);
var data = new TextureShapes();
var networks = new MlpFactory(channels: 1, imageSize: 28, classes: 10, 16);

return await EnsembleApp.Run(args, new EnsembleSetup<Shared>
{
    Create = () => new Shared(
        new UndefendedClassifier(networks), new CenterLossClassifier(networks),
        new FgsmAdversarialClassifier(networks, epsilon: 0.03)),
    Train = (ensemble, images, options) => ensemble.Train(images, options),
    TrainingImages = () => data.Generate(600, seed: 1),
    TestImages = () => data.Generate(40, seed: 2),
    Training = new TrainingOptions { Epochs = 6 },
    Threat = new ThreatModel(Norm.Linf, 0.02),
    Attacks = [new Pgd { Steps = 10, Restarts = 2 }],
    Dataset = "texture shapes: 600 training images, 40 test images",
    ClassNames = TextureShapes.ClassNames,
});
