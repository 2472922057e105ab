using static TorchSharp.torch;

namespace Ensembles.Training.Tests.Networks;

/// <summary>Attack plans stand in for every network with convolutions, whichever its blocks.</summary>
public class PlansTests
{
    public static TheoryData<string> Names => [.. EveryNetwork.All.Where(name => name != "MLP")];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_plan_gives_logits_and_gradients_before_and_after_a_step_of_training(string name)
    {
        using var scope = NewDisposeScope();
        using var network = EveryNetwork.Make(name);
        EveryNetwork.Disturb(network);
        var classifier = new Behind(network);
        classifier.eval();
        using var plans = new AttackPlans(withGradient: true, whileTrained: true);
        foreach (var step in new[] { 0, 1 })
        {
            var images = rand(3, 1, Bars.Size, Bars.Size);
            var (logits, gradient) = Pass(classifier.call, images);
            var (planned, plannedGradient) = Pass(x => plans.Call(classifier, x), images);
            TensorAssert.Near(logits, planned, 1e-5 * logits.abs().max().item<float>());
            TensorAssert.Near(gradient, plannedGradient, 1e-5 * gradient.abs().max().item<float>());
            EveryNetwork.Disturb(network);
            plans.Refresh(classifier);
        }

        Assert.True(plans.Any);
    }

    static (Tensor Logits, Tensor Gradient) Pass(Func<Tensor, Tensor> network, Tensor images)
    {
        var leaf = images.clone().requires_grad_(true);
        var logits = network(leaf);
        (logits * tensor(new[] { 1f, -2, 0.5f })).sum().backward();
        return (logits.detach(), leaf.grad!);
    }

    sealed class Behind(FeatureNetwork network) : NetworkClassifier(network)
    {
        public override InputTransform Transform { get; } = new Standardization([0.3], [0.4]);
    }
}
