using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>weight x + bias with one learned number each, at the start 1 and 0; or x + bias alone.</summary>
sealed class ScalarAffine : Module<Tensor, Tensor>, IAffine
{
    readonly Parameter? weight;
    readonly Parameter bias = new(zeros(1).DetachFromDisposeScope());

    public ScalarAffine(bool withScale = false) : base(nameof(ScalarAffine))
    {
        if (withScale)
            weight = new Parameter(ones(1).DetachFromDisposeScope());
        RegisterComponents();
    }

    public Tensor? Scale => weight;

    public Tensor Shift => bias;

    public override Tensor forward(Tensor x) => weight is null ? x + bias : addcmul(bias, x, weight, 1);
}
