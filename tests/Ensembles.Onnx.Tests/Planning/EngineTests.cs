using Ensembles.Compiling.Tests;
using Ensembles.Defenses;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Onnx.Tests;

/// <summary>Plans on ONNX Runtime decide as the ensembles do.</summary>
public sealed class EngineTests : IDisposable
{
    /// <summary>Measured on no machine, and in parts.</summary>
    static readonly CompileOptions options = new(2, 12, 12)
    {
        Engine = new OnnxEngine(),
        Choices = new(ChannelsLast: false, Part: 16, StackUpTo: 0, Engine: true),
    };

    readonly DisposeScope scope = NewDisposeScope();
    readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        scope.Dispose();
    }

    static Tensor Images(int count, int seed = 11) => Given.Images([2, 12, 12], count, seed);

    public static TheoryData<string, Func<Ensemble>> Rules() => new()
    {
        { nameof(MeanProbability), Three<MeanProbability> },
        { nameof(MeanLogit), Three<MeanLogit> },
        { nameof(MedianLogit), Three<MedianLogit> },
        { nameof(MajorityVote), Three<MajorityVote> },
        { nameof(WeightedMean), Three<WeightedMean> },
        { nameof(MaxMin), Three<MaxMin> },
        { nameof(Product), Three<Product> },
        { nameof(Quorum), Three<Quorum> },
    };

    [Theory]
    [MemberData(nameof(Rules))]
    public void EveryRuleWithAGateDecidesAlikeInOneGraph(string rule, Func<Ensemble> make)
    {
        using var ensemble = make();
        using var plan = ensemble.Compile(options);

        var rejected = DecidesAlike(ensemble, plan);

        Assert.InRange(rejected, 5, 95);
        Assert.Contains("as one graph: M0, M1, M2, G0, vote and gates", plan.ToString());
        Assert.NotEmpty(rule);
    }

    [Fact]
    public void FrontsAndAnEnsembleThatAbstainsAreInTheGraph()
    {
        using var ensemble = Trained.Nested(folder);
        using var plan = ensemble.Compile(options);

        DecidesAlike(ensemble, plan);
        Assert.Contains("as one graph: Turned, ", plan.ToString());
    }

    [Fact]
    public void AForwardOfOnesOwnWithSumsIsInTheGraphAndItsWeightsAreThePlansOwn()
    {
        manual_seed(5);
        using var ensemble = new OwnForwards(new Turned(), new OwnResNet(), new OwnResNet());
        ensemble.eval();
        using var plan = ensemble.Compile(options);
        DecidesAlike(ensemble, plan);
        var images = Images(20);
        using var before = plan.Decide(images);

        using (no_grad())
        {
            foreach (var weight in ensemble.parameters())
                weight.mul_(2);
        }

        using var after = plan.Decide(images);
        Assert.True(before.Scores.Equals(after.Scores));
        Assert.Contains("as one graph", plan.ToString());
    }

    [Fact]
    public void EqualCopiesOfATransformAreOneInTheGraph()
    {
        manual_seed(5);
        double[] thresholds = [0.1, 0.2, 0.1];
        using var ensemble = new Handmade<MeanLogit>(
            [.. thresholds.Select(threshold => new Plain(nn.Sequential(
                new EdgeTransform(threshold), nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(400, 4))))]);
        ensemble.eval();
        using var plan = ensemble.Compile(options with { ImageShape = [3, 12, 12] });

        var graph = EnsembleGraph.Of(ensemble, [3, 12, 12]);

        // Edges by one convolution and two thresholds, and the members' own convolutions.
        Assert.Equal(1 + 3, graph.Nodes.Count(node => node.Operation is Graphs.Conv));
        Assert.Equal(2, graph.Nodes.Count(node => node.Operation is Graphs.Binary
        {
            Function: Graphs.BinaryFunction.Greater,
        }));
        var images = Given.Images([3, 12, 12], 20, seed: 11);
        using var expected = ensemble.call(images);
        using var actual = plan.Decide(images);
        Assert.True(expected.Labels.Equals(actual.Labels));
        Assert.True(actual.MemberLogits.allclose(expected.MemberLogits, 1e-5, 1e-5));
        Assert.Contains("as one graph", plan.ToString());
    }

    [Fact]
    public void WhatNoGraphHoldsRunsByTorchBesideTheOthers()
    {
        manual_seed(6);
        using var ensemble = new Handmade<MeanLogit>(
            [new Plain(Networks.Small()), new Secretive(), new Skipping()], [new Brightness()]);
        Calibrate(ensemble);
        using var plan = ensemble.Compile(options);

        DecidesAlike(ensemble, plan);
        var text = plan.ToString();
        Assert.Contains("member M0: in ONNX Runtime\n", text);
        Assert.Contains("member M1: 1 frozen layers, own forward on a frozen copy: Secretive\n", text);
        Assert.Contains("gate G0: in ONNX Runtime\n", text);
        Assert.Contains("not in ONNX Runtime as a whole: M1: Secretive has a forward of its own", text);
    }

    [Fact]
    public void ARuleWithoutAFormVotesByTorch()
    {
        using var ensemble = Three<Formless>();
        using var plan = ensemble.Compile(options);

        DecidesAlike(ensemble, plan);
        Assert.Contains("as a whole: The voting rule Formless has no form in graphs", plan.ToString());
        Assert.Contains("member M2: in ONNX Runtime\n", plan.ToString());
    }

    [Fact]
    public void AMemberThatDrawsAtRandomIsAskedItself()
    {
        using var ensemble = new Handmade<MeanLogit>([new Plain(Networks.Small()), new Noisy()]);
        ensemble.eval();
        using var plan = ensemble.Compile(options);

        using var decision = plan.Decide(Images(5));
        Assert.Equal([2, 5, 4], decision.MemberLogits.shape);
        Assert.Contains("M1: runs as it is, on its own weights: it draws random numbers", plan.ToString());
    }

    [Fact]
    public void RejectedAndSettledImagesAreSkipped()
    {
        using var ensemble = Three<MajorityVote>();
        var skipping = options with { SkipRejected = true, SkipSettled = true };
        using var plan = ensemble.Compile(skipping);

        var images = Images(100);
        using var expected = ensemble.call(images);
        using var actual = plan.Decide(images);
        Assert.Equal(expected.Labels.data<long>().ToArray(), actual.Labels.data<long>().ToArray());
        Assert.InRange(actual.MemberLogits[2, .., 0].isnan().sum().item<long>(), 20, 99);
    }

    [Fact]
    public void LayersThatAreNotTheForwardAreRefused()
    {
        using var ensemble = new Handmade<MeanLogit>([new Untrue()]);
        ensemble.eval();

        Assert.Contains(
            "M0 do not compute", Assert.Throws<InvalidOperationException>(() => ensemble.Compile(options)).Message);
    }

    [Fact]
    public void WhatWasMeasuredHereDecidesAlike()
    {
        using var ensemble = Three<MeanProbability>();
        using var plan = ensemble.Compile(options with { Choices = null });
        using var again = ensemble.Compile(options with { Choices = plan.Choices });

        DecidesAlike(ensemble, plan);
        DecidesAlike(ensemble, again);
        Assert.Contains("times faster", plan.ToString());
        Assert.DoesNotContain("times faster", again.ToString());
    }

    [Fact]
    public void OptionsThatDoNotGoTogetherAreRefusedInWords()
    {
        using var ensemble = Three<MeanLogit>();

        string Refusal(CompileOptions bad) => Assert.Throws<ArgumentException>(() => ensemble.Compile(bad)).Message;
        Assert.Contains("computes on the CPU and in Float32", Refusal(options with { Precision = Precision.BFloat16 }));
        Assert.Contains("computes on the CPU and in Float32", Refusal(options with { Device = META }));
        Assert.Contains("the options name none", Refusal(options with { Engine = null }));
        Assert.Contains("M0 fails on images", Refusal(new(3, 12, 12) { Engine = new OnnxEngine() }));
    }

    [Fact]
    public async Task SeveralThreadsDecideAtOnceAndNobodyAfterThePlanIsDisposed()
    {
        using var ensemble = Three<MeanProbability>();
        var plan = ensemble.Compile(options);
        var images = Images(40);
        using var expected = plan.Decide(images);

        var decisions = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => Task.Run(() =>
            Enumerable.Range(0, 5).Select(_ => plan.Decide(images)).ToArray())));

        foreach (var decision in decisions.SelectMany(several => several))
        {
            using (decision)
                Assert.True(expected.Scores.Equals(decision.Scores) && expected.Labels.Equals(decision.Labels));
        }

        plan.Dispose();
        Assert.Throws<ObjectDisposedException>(() => plan.Decide(images));
    }

    static Handmade<TRule> Three<TRule>() where TRule : IVotingRule
    {
        manual_seed(2);
        var ensemble = new Handmade<TRule>(
            [new Plain(Networks.Small()), new Plain(Networks.Wide()), new Plain(Networks.Small())],
            [new Brightness()], weights: [1, 2, 3], quorum: 2);
        using (no_grad())
        {
            foreach (var weight in ensemble.parameters().Where(p => p.dim() > 1))
                weight.mul_(2.5);
        }

        Calibrate(ensemble);
        return ensemble;
    }

    static void Calibrate<TRule>(Handmade<TRule> ensemble) where TRule : IVotingRule
    {
        ensemble.eval();
        ensemble.CalibrateGates(Images(60, seed: 9));
    }

    /// <summary>
    /// Numbers within 1e-5, labels equal, for no image, one and a hundred, of which so many are rejected.
    /// </summary>
    static long DecidesAlike(Ensemble ensemble, CompiledEnsemble plan)
    {
        using var inner = NewDisposeScope();
        using var noGradient = no_grad();
        foreach (var count in new[] { 0, 1, 100 })
        {
            var images = Images(count);
            var actual = plan.Decide(images);
            if (count == 0)
            {
                Assert.Equal(0, actual.Scores.size(0));
                continue;
            }

            var expected = ensemble.call(images);
            Assert.Equal(expected.Labels.data<long>().ToArray(), actual.Labels.data<long>().ToArray());
            Assert.True(actual.Scores.allclose(expected.Scores, 1e-5, 1e-5));
            Assert.True(actual.MemberLogits.allclose(expected.MemberLogits, 1e-5, 1e-5));
            Assert.True(actual.GateScores.allclose(expected.GateScores, 1e-5, 1e-5));
            if (count == 100)
                return expected.Labels.lt(0).sum().item<long>();
        }

        throw new InvalidOperationException();
    }

    /// <summary>The first member decides.</summary>
    sealed class Formless : IVotingRule
    {
        public static Tensor Scores(Ballot ballot) => ballot.MemberLogits[0];

        public static Tensor Labels(Ballot ballot, Tensor scores) => Ballot.Argmax(scores);

        public static Tensor SurrogateScores(Ballot ballot) => Scores(ballot);
    }
}
