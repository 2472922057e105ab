using Ensembles.Graphs;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.Onnx.Tests;

/// <summary>Each of the library's voting rules as operations of ONNX, on ballots with all that may go wrong.</summary>
public sealed class VotingTests : IDisposable
{
    const int Ballots = 400, Classes = 4;

    readonly DisposeScope scope = NewDisposeScope();
    readonly TemporaryFolder folder = new();

    public void Dispose()
    {
        folder.Dispose();
        scope.Dispose();
    }

    static readonly Dictionary<string, (VotingRule Rule, int Members, float[] Numbers)> rules = new()
    {
        ["mean of probabilities"] = (VotingRule.From<MeanProbability>(), 3, [0.2f, 0.3f, 0.5f]),
        ["mean of logits"] = (VotingRule.From<MeanLogit>(), 3, [0.2f, 0.3f, 0.5f]),
        ["median of three"] = (VotingRule.From<MedianLogit>(), 3, [0.2f, 0.3f, 0.5f]),
        ["median of four"] = (VotingRule.From<MedianLogit>(), 4, [0.25f, 0.25f, 0.25f, 0.25f]),
        ["majority"] = (VotingRule.From<MajorityVote>(), 4, [0.25f, 0.25f, 0.25f, 0.25f]),
        ["weighted mean"] = (VotingRule.From<WeightedMean>(), 3, [0.2f, 0.3f, 0.5f]),
        ["max-min"] = (VotingRule.From<MaxMin>(), 3, [0.2f, 0.3f, 0.5f]),
        ["product"] = (VotingRule.From<Product>(), 3, [0.2f, 0.3f, 0.5f]),
        ["quorum"] = (VotingRule.From<Quorum>(), 5, [0.2f, 0.2f, 0.2f, 0.2f, 0.2f]),
        ["one member"] = (VotingRule.From<MeanProbability>(), 1, [1]),
        ["stacked mean"] = (VotingRule.From<StackedMean>(), 3, [0.6f, 0.3f, 0.1f]),
        ["mixed"] = (VotingRule.From<MixedNuts>(), 2, [0.4f, 0.6f, 1.7f, 1.3f, -0.2f, 0.7f]),
        ["mixed, one left"] = (VotingRule.From<MixedNuts>(), 1, [1, 1.7f, 1.3f, -0.2f, 0.7f]),
    };

    public static TheoryData<string> Names() => [.. rules.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void DecidesInOnnxRuntimeAsTheRuleDoes(string name)
    {
        var (voting, members, numbers) = rules[name];
        var rule = new DecisionRule(voting, tensor(numbers), Quorum: 3, tensor(new[] { 0.3f }));
        var logits = Logits(members);
        var gate = Given.Images([1], Ballots, seed: 8).squeeze(1);
        gate[5] = float.NaN;

        var (scores, labels) = rule.Decide(logits, gate.unsqueeze(0));
        using var runtime = new Runtime(Written(rule, members));
        // The gate's score stands behind the logits of each image.
        var found = runtime.Run(cat([logits.permute(1, 0, 2).flatten(1), gate.unsqueeze(1)], 1));

        Assert.True(labels.ge(0).sum().item<long>() > Ballots / 10, "Nearly all is rejected.");
        // Of classes that lead by nothing, rounding decides, unless votes are counted.
        var (highest, _) = scores.topk(2);
        var leads = (highest.select(1, 0) - highest.select(1, 1)).lt(1e-5).logical_not();
        var compared = name is "majority" or "quorum" ? ones_like(leads) : leads;
        Assert.True(compared.sum().item<long>() > Ballots - 40);
        Assert.Equal(0, found["labels"].ne(labels).logical_and(compared).sum().item<long>());
        Assert.Equal(Decision.Reject, labels[5].item<long>());
        var difference = (scores - found["scores"]).abs().nan_to_num(0).max().item<float>();
        Assert.True(scores.allclose(found["scores"], 1e-5, 1e-5, equal_nan: true), $"{difference}");
    }

    /// <summary>Sure and unsure members, ties, and logits that are infinite or none.</summary>
    static Tensor Logits(int members)
    {
        using var generator = new Generator(4);
        var logits = randn([members, Ballots, Classes], generator: generator);
        logits[.., 100..200] *= 30;
        logits[.., 200..230] = logits[.., 200..230].round();
        logits[0, 230..235, 1] = float.NaN;
        logits[members - 1, 235..240, 2] = float.NegativeInfinity;
        logits[0, 240..245, 3] = float.PositiveInfinity;
        logits[.., 245..250] = 0;
        return logits;
    }

    string Written(DecisionRule rule, int members)
    {
        var builder = new GraphBuilder("vote");
        var rows = new Term(builder, builder.Input(
            "rows", ScalarType.Float32, Dimension.Batch, (members * Classes) + 1));
        Term[] logits = [.. Enumerable.Range(0, members).Select(
            m => rows.Of(new Slice(1, m * Classes, (m + 1) * Classes)))];
        var gate = rows.Of(new Slice(1, members * Classes, (members * Classes) + 1)).Of(new Squeeze([1]));
        var (scores, labels) = DecisionGraph.Of(rule, logits, [gate]);
        var path = folder.Path("vote.onnx");
        File.WriteAllBytes(path, GraphWriter.Write(builder.Build(("scores", scores.Value), ("labels", labels.Value))));
        return path;
    }
}
