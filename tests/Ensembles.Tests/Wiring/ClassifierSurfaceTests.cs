using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Tests.Wiring;

public sealed class ClassifierSurfaceTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();

    public void Dispose() => scope.Dispose();

    [Fact]
    public void A_classifier_is_an_ensemble_of_one_that_always_accepts()
    {
        var classifier = Sequential(Flatten(), Linear(4, 3));
        var images = rand(5, 1, 2, 2);
        var surface = AttackSurface.FromClassifier(classifier, "plain");
        using var output = surface.Evaluate(images, draws: 2);
        var logits = classifier.call(images).repeat(2, 1);

        Assert.Equal(["plain"], surface.Members);
        Assert.Empty(surface.Gates);
        Assert.Equal(1, surface.EotSamples);
        Assert.True(output.Scores.Equals(logits));
        Assert.True(output.MemberLogits.Equals(logits.unsqueeze(0)));
        Assert.True(output.Labels.Equals(logits.argmax(-1)));
        Assert.Equal([0, 10], output.GateScores.shape);
        Assert.Equal([0], output.GateThresholds.shape);
    }

    [Fact]
    public void Its_default_name_is_the_class()
    {
        Assert.Equal([nameof(Hard)], AttackSurface.FromClassifier(new Hard()).Members);
    }

    [Fact]
    public void Every_module_shows_and_the_root_is_one_of_them()
    {
        var inner = Linear(4, 3);
        var root = Sequential(Flatten(), inner);
        var modules = AttackSurface.FromClassifier(root).Modules.ToList();
        Assert.Contains(root, modules);
        Assert.Contains(inner, modules);
    }

    [Fact]
    public void Logits_that_are_not_numbers_are_rejected()
    {
        var images = tensor([0f, float.NaN, 0f]).view(3, 1, 1, 1);
        using var output = AttackSurface.FromClassifier(Sequential(Flatten(), Linear(1, 3))).Evaluate(images, 1);
        Assert.Equal([false, true, false], output.Labels.data<long>().Select(l => l == Decision.Reject));
    }

    [Fact]
    public void A_bare_module_gets_its_surrogates_gradient()
    {
        var images = full(2, 1, 1, 3, 0.4f).requires_grad_();
        using var output = AttackSurface.FromClassifier(new Hard()).Evaluate(images, 1);
        output.Scores.sum().backward();
        Assert.True(images.grad!.Equals(ones_like(images)));
    }

    [Fact]
    public void Random_classifiers_draw_for_every_row_and_deterministic_ones_run_once()
    {
        var random = new Shaking();
        using var shaken = AttackSurface.FromClassifier(random).Evaluate(zeros(2, 1, 1, 3), 5);
        Assert.Equal(10, shaken.Scores.select(1, 0).data<float>().ToArray().Distinct().Count());
        Assert.Equal(20, AttackSurface.FromClassifier(random).EotSamples);
    }

    [Fact]
    public void A_call_stands_in_for_deterministic_classifiers_and_not_for_random_ones()
    {
        static Tensor Ones(Module<Tensor, Tensor> component, Tensor images) => ones(images.size(0), 3);
        var images = zeros(2, 1, 1, 3);
        using var replaced = AttackSurface.FromClassifier(new Hard()).Evaluate(images, 2, Ones);
        Assert.True(replaced.Scores.Equals(ones(4, 3)));
        using var drawn = AttackSurface.FromClassifier(new Shaking()).Evaluate(images, 2, Ones);
        Assert.False(drawn.Scores.Equals(ones(4, 3)));
    }

    [Fact]
    public void The_output_outlives_the_evaluation_and_nothing_else_does()
    {
        var surface = AttackSurface.FromClassifier(Sequential(Flatten(), Linear(4, 3)));
        var images = rand(5, 1, 2, 2);
        var before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        using (var output = surface.Evaluate(images, 3))
            Assert.False(output.Scores.IsInvalid);
        Assert.Equal(before, DisposeScopeManager.Statistics.ThreadTotalLiveCount);
    }

    sealed class Hard() : Module<Tensor, Tensor>(nameof(Hard)), INonDifferentiable
    {
        public override Tensor forward(Tensor images) => images.round().flatten(1);
        public Tensor surrogate(Tensor images) => images.flatten(1);
    }

    sealed class Shaking : Classifier, IRandomized
    {
        public int EotSamples => 20;
        public override Tensor forward(Tensor images) => images.flatten(1) + rand(images.size(0), 3);
    }
}
