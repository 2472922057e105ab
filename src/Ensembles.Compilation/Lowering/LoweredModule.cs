using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Lowered layers in the place of a module.</summary>
sealed class LoweredModule(FrozenNetwork network) : nn.Module<Tensor, Tensor>(nameof(LoweredModule))
{
    public override Tensor forward(Tensor input) => network.Run(input);
}
