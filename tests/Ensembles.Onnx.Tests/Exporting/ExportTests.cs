using System.Text.Json;
using Ensembles.Compiling.Tests;
using Ensembles.Defenses;
using Ensembles.Graphs;
using Ensembles.Training;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles.Onnx.Tests;

public sealed class ExportTests : IDisposable
{
    readonly DisposeScope scope = NewDisposeScope();
    readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        scope.Dispose();
    }

    string Target => folder.Path("ensemble.onnx");

    static Tensor Images(int count, int seed = 3) => Given.Images([2, 12, 12], count, seed);

    [Fact]
    public void AGatedEnsembleOfEnsemblesDecidesInOnnxRuntimeAsItDoes()
    {
        using var ensemble = Trained.Nested(folder);
        var (samples, images) = (Images(20), Images(300, seed: 11));

        ensemble.ExportOnnx(Target, samples, new() { ClassNames = ["a", "b", "c", "d"] });

        using var runtime = new Runtime(Target);
        var found = runtime.Run(images);
        var decision = ensemble.call(images);
        var rejected = decision.Labels.lt(0).sum().item<long>();
        Assert.InRange(rejected, 10, 200);
        Assert.Equal(decision.Labels.data<long>().ToArray(), found["labels"].data<long>().ToArray());
        AssertClose(decision.Scores, found["scores"]);
        AssertClose(decision.MemberLogits, found["member_logits"]);
        AssertClose(decision.GateScores, found["gate_scores"]);
        Assert.Equal(["a", "b", "c", "d"], JsonSerializer.Deserialize<string[]>(runtime.Metadata["classes"])!);
        Assert.Equal(
            ["One", "Pair.One", "Pair.Two", "Pair.Three", "File"],
            JsonSerializer.Deserialize<string[]>(runtime.Metadata["members"])!);
        Assert.Equal(["Bright", "Pair.Bright"], JsonSerializer.Deserialize<string[]>(runtime.Metadata["gates"])!);
        var declared = JsonSerializer.Deserialize<EnsembleDeclaration>(runtime.Metadata["declaration"])!;
        Assert.Equal(("Outer", nameof(WeightedMean)), (declared.Name, declared.Rule));
    }

    /// <summary>It is the ensemble that it would be with all components in one class: one file, one vote.</summary>
    [Fact]
    public void AnEnsembleThatDerivesFromAnotherDecidesInOnnxRuntimeAsItDoes()
    {
        using var ensemble = Trained.Heir();
        var images = Images(300, seed: 11);

        ensemble.ExportOnnx(Target, Images(20));

        using var runtime = new Runtime(Target);
        var found = runtime.Run(images);
        using var decision = ensemble.call(images);
        Assert.InRange(decision.Labels.lt(0).sum().item<long>(), 10, 200);
        Assert.Equal(decision.Labels.data<long>().ToArray(), found["labels"].data<long>().ToArray());
        AssertClose(decision.Scores, found["scores"]);
        AssertClose(decision.MemberLogits, found["member_logits"]);
        AssertClose(decision.GateScores, found["gate_scores"]);
        Assert.Equal(
            ["One", "Two", "Three", "Four"], JsonSerializer.Deserialize<string[]>(runtime.Metadata["members"])!);
        Assert.Equal(["Bright", "Dark"], JsonSerializer.Deserialize<string[]>(runtime.Metadata["gates"])!);
    }

    [Fact]
    public void TheInnerEnsembleAbstainsSomewhere()
    {
        using var ensemble = Trained.Nested(folder);
        var images = Images(300, seed: 11);
        using var alone = ensemble.Pair.call(ensemble.Turned.call(images));

        Assert.InRange(alone.Labels.lt(0).sum().item<long>(), 30, 270);
    }

    [Fact]
    public void ShippedNetworksAreExported()
    {
        manual_seed(2);
        var residual = new ResNet18(2, 4, width: 1 / 16.0);
        using (no_grad())
        {
            foreach (var norm in residual.modules().OfType<BatchNorm2d>())
                norm.running_mean!.normal_();
        }

        using var ensemble = new Handmade<MeanProbability>(
        [
            new UndefendedClassifier(new SmallCnnFactory(2, 12, 4)), new UndefendedClassifier(new Only(residual)),
        ]);
        ensemble.eval();

        ensemble.ExportOnnx(Target, Images(4));

        using var runtime = new Runtime(Target);
        var images = Images(16, seed: 5);
        using var decision = ensemble.call(images);
        var found = runtime.Run(images);
        Assert.Equal(decision.Labels.data<long>().ToArray(), found["labels"].data<long>().ToArray());
        AssertClose(decision.Scores, found["scores"]);
        Assert.False(found.ContainsKey("gate_scores"));
    }

    [Theory]
    [InlineData(GreyLevels.Rounded)]
    [InlineData(GreyLevels.TopBits)]
    [InlineData(GreyLevels.RoundedToPower)]
    public void AShippedGateAndTransformsAreExported(GreyLevels levels)
    {
        manual_seed(3);
        var gate = new BinaryClassifierDetector(new SmallCnnFactory(2, 12, 4));
        gate.FittedTo.Remember(new LabeledImages(Images(4), zeros(4, dtype: ScalarType.Int64), 4), default);
        using var ensemble = new Handmade<MeanProbability>([new Behind(new BitDepthTransform(3, levels))], [gate]);
        ensemble.eval();
        ensemble.CalibrateGates(Images(60, seed: 9));

        ensemble.ExportOnnx(Target, Images(8));

        using var runtime = new Runtime(Target);
        var images = Images(100, seed: 5);
        using var decision = ensemble.call(images);
        var found = runtime.Run(images);
        Assert.InRange(decision.Labels.lt(0).sum().item<long>(), 10, 60);
        Assert.Equal(decision.Labels.data<long>().ToArray(), found["labels"].data<long>().ToArray());
        AssertClose(decision.GateScores, found["gate_scores"]);
        AssertClose(decision.Scores, found["scores"]);
    }

    [Fact]
    public void WeightsHaveTheirNamesInTheStateDict()
    {
        using var ensemble = new Handmade<MeanLogit>([Small(1)]);
        ensemble.eval();
        ensemble.ExportOnnx(Target, Images(4));

        var names = OnnxFile.Read(Target).Model.Graph.Initializers.Select(initializer => initializer.Name);

        Assert.Contains("Part0.network.0.weight", names);
        Assert.Contains("Part0.network.1.running_var", names);
    }

    [Fact]
    public void AnExportedMemberComesInAgain()
    {
        using var ensemble = new Handmade<MeanLogit>([Small(1), Small(2)]);
        ensemble.eval();
        ensemble.ExportOnnx(Target, Images(4));

        using var classifier = OnnxClassifier.Load(Target, new OnnxOptions { Output = "scores" });

        AssertClose(ensemble.call(Images(9)).Scores, classifier.call(Images(9)));
    }

    [Fact]
    public void ARuleOfOnesOwnIsExportedByItsForm()
    {
        using var ensemble = new Handmade<FirstDecides>([Small(1), Small(2)]);
        ensemble.eval();

        ensemble.ExportOnnx(Target, Images(4));

        using var runtime = new Runtime(Target);
        AssertClose(ensemble.call(Images(9)).Scores, runtime.Run(Images(9))["scores"]);
    }

    [Fact]
    public void ARuleWithoutAFormIsNamed() =>
        AssertRefused(new Handmade<Formless>([Small(1), Small(2)]), "Formless", "VoteGraphAttribute");

    [Fact]
    public void AFormThatSaysAnotherThingWritesNothing() =>
        AssertRefused(new Handmade<Misformed>([Small(1), Small(2)]), "Handmade", "differ");

    [Fact]
    public void WhatDrawsAtRandomIsNamed() =>
        AssertRefused(new Handmade<MeanLogit>([Small(1), new Noisy()]), "M1 cannot be exported", "random");

    [Fact]
    public void AForwardThatNobodyKnowsIsNamed() => AssertRefused(
        new Handmade<MeanLogit>([Small(1), new Secretive()]),
        "M1 cannot be exported", "Secretive has a forward of its own");

    [Fact]
    public void LayersThatAreNotTheForwardWriteNothing() =>
        AssertRefused(new Handmade<MeanLogit>([Small(1), new Untrue()]), "M1 cannot be exported", "ILayered");

    [Fact]
    public void AModuleWithHooksIsNamed()
    {
        var hooked = Networks.Small();
        ((Conv2d)hooked[0]).register_forward_hook((_, _, output) => output * 1);

        AssertRefused(new Handmade<MeanLogit>([Small(1), new Plain(hooked)]), "M1 cannot be exported", "hooks");
    }

    [Fact]
    public void AGateWithoutAThresholdIsNamed()
    {
        using var ensemble = new Handmade<MeanLogit>([Small(1)], [new Brightness()]);
        ensemble.eval();

        var error = Assert.Throws<InvalidOperationException>(() => ensemble.ExportOnnx(Target, Images(4)));
        Assert.Contains("G0", error.Message);
        Assert.False(File.Exists(Target));
    }

    [Fact]
    public void TrainingModeAndWrongArgumentsAreRefused()
    {
        using var ensemble = new Handmade<MeanLogit>([Small(1)]);

        Assert.Throws<InvalidOperationException>(() => ensemble.ExportOnnx(Target, Images(4)));
        ensemble.eval();
        Assert.Throws<ArgumentException>(() => ensemble.ExportOnnx(Target, Images(0)));
        Assert.Throws<ArgumentException>(() => ensemble.ExportOnnx(Target, Images(4) * 255));
        Assert.Throws<ArgumentException>(() => ensemble.ExportOnnx(Target, Images(4), new() { ClassNames = ["a"] }));
        Assert.Throws<IOException>(() => ensemble.ExportOnnx(folder.Path("none/ensemble.onnx"), Images(4)));
        Assert.Empty(Directory.GetFileSystemEntries(folder.Root));
    }

    static Plain Small(int seed)
    {
        manual_seed(seed);
        return new(Networks.Small());
    }

    void AssertRefused(Ensemble ensemble, params string[] said)
    {
        using (ensemble)
        {
            ensemble.eval();
            var error = Assert.Throws<InvalidOperationException>(() => ensemble.ExportOnnx(Target, Images(4)));
            Assert.All(said, text => Assert.Contains(text, error.Message));
            Assert.EndsWith("Nothing was written.", error.Message);
            Assert.False(File.Exists(Target));
        }
    }

    static void AssertClose(Tensor expected, Tensor found)
    {
        Assert.Equal(expected.shape, found.shape);
        Assert.True(expected.allclose(found, 1e-5, 1e-5), $"{(expected - found).abs().max().item<float>()}");
    }

    /// <summary>A network behind a transform.</summary>
    sealed class Behind : Classifier, ILayered
    {
        readonly InputTransform transform;
        readonly Sequential network = Networks.Wide();

        public Behind(InputTransform transform)
        {
            this.transform = transform;
            RegisterComponents();
        }

        public IReadOnlyList<nn.Module<Tensor, Tensor>> Layers => [transform, network];

        public override Tensor forward(Tensor images) => network.call(transform.call(images));
    }

    /// <summary>Gives a network that there is.</summary>
    sealed class Only(FeatureNetwork network) : INetworkFactory
    {
        public FeatureNetwork Create(NetworkRequest? request = null) => network;
    }

    /// <summary>The first member decides.</summary>
    [VoteGraph(typeof(FirstDecidesGraph))]
    sealed class FirstDecides : IVotingRule
    {
        public static Tensor Scores(Ballot ballot) => ballot.MemberLogits[0];

        public static Tensor Labels(Ballot ballot, Tensor scores) => Ballot.Argmax(scores);

        public static Tensor SurrogateScores(Ballot ballot) => Scores(ballot);
    }

    sealed class FirstDecidesGraph : VoteGraph
    {
        public override Term Scores(BallotGraph ballot) => ballot.Logits.Of(new Slice(0, 0, 1)).Of(new Squeeze([0]));
    }

    sealed class Formless : IVotingRule
    {
        public static Tensor Scores(Ballot ballot) => ballot.MemberLogits[0];

        public static Tensor Labels(Ballot ballot, Tensor scores) => Ballot.Argmax(scores);

        public static Tensor SurrogateScores(Ballot ballot) => Scores(ballot);
    }

    [VoteGraph(typeof(FirstDecidesGraph))]
    sealed class Misformed : IVotingRule
    {
        public static Tensor Scores(Ballot ballot) => ballot.MemberLogits[0] * 1.001;

        public static Tensor Labels(Ballot ballot, Tensor scores) => Ballot.Argmax(scores);

        public static Tensor SurrogateScores(Ballot ballot) => Scores(ballot);
    }
}
