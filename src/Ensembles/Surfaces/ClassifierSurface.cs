using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>The attack surface of one classifier that always accepts.</summary>
sealed class ClassifierSurface : AttackSurface
{
    readonly Module<Tensor, Tensor> classifier;
    readonly bool isRandomized;

    public ClassifierSurface(Module<Tensor, Tensor> classifier, string name)
    {
        this.classifier = classifier;
        Members = [name];
        SurrogateGradient.AttachAll(classifier);
        EotSamples = Draws.EotSamples(Modules);
        isRandomized = Draws.IsRandomized(classifier);
    }

    public override IReadOnlyList<string> Members { get; }

    public override IReadOnlyList<string> Gates => [];

    public override int EotSamples { get; }

    public override IEnumerable<Module> Modules => classifier.modules().Prepend(classifier);

    public override SurfaceOutput Evaluate(Tensor images, int draws, ComponentCall? call = null)
    {
        using var scope = NewDisposeScope();
        var logits = isRandomized
            ? Draws.OfRandomized(classifier, images, draws)
            : Draws.OfDeterministic(classifier, images, draws, call);
        return SurfaceOutput.FromLogits(logits).MoveToOuterDisposeScope();
    }
}
