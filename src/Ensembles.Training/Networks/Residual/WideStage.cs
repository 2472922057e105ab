using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>Blocks of one width, the first with the stride, under the name that RobustBench gives them.</summary>
[Compiled]
sealed partial class WideStage : Module<Tensor, Tensor>, ILayered
{
    readonly Sequential layer;

    public WideStage(int blocks, int from, int to, int stride, double dropout) : base(nameof(WideStage))
    {
        layer = Sequential(Enumerable.Range(0, blocks)
            .Select(i => (Module<Tensor, Tensor>)new WideBlock(
                i == 0 ? from : to, to, i == 0 ? stride : 1, dropout)));
        RegisterComponents();
    }

    public IReadOnlyList<Module<Tensor, Tensor>> Layers => [layer];

    public override Tensor forward(Tensor x) => layer.call(x);
}
