using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses.Tests.Fixtures;

/// <summary>Makes networks that have neither ReLU nor dropout modules to hook.</summary>
sealed class WithoutModules : INetworkFactory
{
    public FeatureNetwork Create(NetworkRequest? request = null) => new Flat();

    sealed class Flat : FeatureNetwork
    {
        readonly TorchSharp.Modules.Linear output = Linear(4, 2);

        public Flat() : base(nameof(Flat)) => RegisterComponents();

        public override int FeatureCount => 4;

        public override int ClassCount => 2;

        public override Tensor features(Tensor images) => functional.relu(images.flatten(1));

        public override Tensor head(Tensor features) => output.call(features);
    }
}
