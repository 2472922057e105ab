using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training.Tests.Losses;

public class TrainingLossTests
{
    [Fact]
    public void Losses_add_and_scale()
    {
        using var scope = NewDisposeScope();
        var context = Context(zeros(2, 3), tensor(new float[,] { { 1, 0 }, { 2, 5 } }));
        var one = new CrossEntropy().Of(context);
        var sum = (3 * new CrossEntropy() + 0.5 * new CrossEntropy()).Of(context);
        Assert.Equal(3.5f * one.item<float>(), sum.item<float>(), 1e-5f);
    }

    [Fact]
    public void A_loss_on_clean_images_sees_what_was_there_before_the_perturbation_and_only_when_asked()
    {
        using var scope = NewDisposeScope();
        var passes = 0;
        var context = Context(ones(2, 3), zeros(2, 2)).WithClean(() =>
        {
            passes++;
            return Context(zeros(2, 3), tensor(new float[,] { { 9, 0 }, { 0, 9 } }));
        });
        Assert.Equal(Math.Log(2), new CrossEntropy().Of(context).item<float>(), 1e-6);
        Assert.Equal(0, passes);
        Assert.True((new CrossEntropy().OnClean() + new CrossEntropy().OnClean()).Of(context).item<float>() < 1e-3);
        Assert.Equal(1, passes);
    }

    [Fact]
    public void Parameters_and_buffers_of_terms_are_those_of_the_sum()
    {
        using var network = Bars.Networks.Create();
        using var loss = new CrossEntropy() + 0.1 * new CenterLoss();
        loss.Build(network);
        var (_, buffer) = Assert.Single(loss.state_dict());
        Assert.Equal([Bars.Classes, network.FeatureCount], buffer.shape);
    }

    [Fact]
    public void Centers_move_in_training_mode_only()
    {
        using var scope = NewDisposeScope();
        using var network = Bars.Networks.Create();
        using var loss = new CenterLoss();
        loss.Build(network);
        var context = Context(ones(2, network.FeatureCount), zeros(2, Bars.Classes));
        loss.eval();
        loss.Of(context);
        Assert.Equal(0, loss.Centers.abs().sum().item<float>());
        loss.train();
        loss.Of(context);
        Assert.True(loss.Centers.abs().sum().item<float>() > 0);
    }

    [Fact]
    public void A_loss_taps_layers_and_decides_by_a_head_of_its_own()
    {
        using var scope = NewDisposeScope();
        using var training = Bars.Make(90, seed: 1);
        manual_seed(1);
        using var classifier = new Cosines(Bars.Networks);
        var options = new TrainingOptions { Epochs = 30, BatchSize = 30, LearningRate = 3e-3 };
        classifier.Train(training, options);

        Assert.Equal([30L, 16, 6, 6], classifier.Seen.TapShape);
        var head = classifier.Seen.Head!;
        using var noGradient = no_grad();
        TensorAssert.Near(head.call(classifier.features(training.Images)), classifier.call(training.Images), 0);
        Assert.True(Bars.Accuracy(classifier, training) > 0.9);
        var x = training.Images;
        foreach (var layer in classifier.Layers)
            x = layer.call(x);
        TensorAssert.Near(classifier.call(training.Images), x, 0);
    }

    [Fact]
    public void A_layer_that_the_network_does_not_have_is_refused_with_those_it_has()
    {
        using var scope = NewDisposeScope();
        using var network = Bars.Networks.Create();
        var message = Assert.Throws<ArgumentException>(() => network.features(
            rand(1, 1, Bars.Size, Bars.Size), ["relu9"], new Dictionary<string, Tensor>())).Message;
        Assert.Contains("relu9", message);
        Assert.Contains("conv1, relu1, conv2, relu2, flatten, hidden, relu3", message);
    }

    static LossContext Context(Tensor features, Tensor logits) =>
        new(zeros(2, 1, 1, 1), features, logits, tensor(new long[] { 0, 1 }));

    sealed class Cosines(INetworkFactory networks) : NetworkClassifier(networks)
    {
        public CosineLoss Seen => (CosineLoss)Loss;

        public override TrainingLoss Loss { get; } = new CosineLoss();
    }

    sealed class CosineLoss : TrainingLoss
    {
        CosineHead? head;

        public long[] TapShape { get; private set; } = [];

        public override Module<Tensor, Tensor>? Head => head;

        public override IReadOnlyList<string> Taps => ["relu1"];

        public override void Build(FeatureNetwork network) =>
            register_module("head", head = new CosineHead(network.FeatureCount, network.ClassCount));

        public override Tensor Of(LossContext batch)
        {
            TapShape = batch.Taps["relu1"].shape;
            return functional.cross_entropy(batch.Logits, batch.Labels);
        }
    }

    sealed class CosineHead : Module<Tensor, Tensor>
    {
        readonly TorchSharp.Modules.Parameter directions;

        public CosineHead(int features, int classes) : base(nameof(CosineHead))
        {
            directions = Parameter(randn(classes, features).DetachFromDisposeScope());
            RegisterComponents();
        }

        public override Tensor forward(Tensor features)
        {
            using var scope = NewDisposeScope();
            return functional.normalize(features).matmul(functional.normalize(directions).t()).mul(10)
                .MoveToOuterDisposeScope();
        }
    }
}
