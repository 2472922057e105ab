using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Fixtures;

/// <summary>A transform as an attacker sees it who takes it for the identity, whatever gradient it brings.</summary>
sealed class TakenForIdentity : InputTransform, INonDifferentiable
{
    readonly InputTransform transform;

    public TakenForIdentity(InputTransform transform) : base(nameof(TakenForIdentity))
    {
        this.transform = transform;
        RegisterComponents();
    }

    public override Tensor forward(Tensor images)
    {
        using var noGradient = no_grad();
        return transform.call(images.detach());
    }

    public Tensor surrogate(Tensor images) => images.alias();
}
