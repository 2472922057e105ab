using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Evaluation;

/// <summary>A randomised defense whose draws the attacker knows: they are the same at every evaluation.</summary>
sealed class KnownDraws(AttackSurface defense, int seed) : AttackSurface
{
    public override IReadOnlyList<string> Members => defense.Members;

    public override IReadOnlyList<string> Gates => defense.Gates;

    public override int InnerGates => defense.InnerGates;

    public override int EotSamples => 1;

    /// <summary>Nothing is random here, so random modules are left out.</summary>
    public override IEnumerable<Module> Modules => defense.Modules.Where(module => module is not IRandomized);

    public override SurfaceOutput Evaluate(Tensor images, int draws, ComponentCall? call = null)
    {
        manual_seed(seed);
        return defense.Evaluate(images, draws, call);
    }
}
