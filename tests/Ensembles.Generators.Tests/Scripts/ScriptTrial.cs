using System.Reflection;
using System.Runtime.InteropServices;
using Ensembles.Generators.Emission;
using Ensembles.Generators.Models;
using static TorchSharp.torch;

namespace Ensembles.Generators.Tests.Scripts;

/// <summary>Runs a script beside the rule's C#, on random and on known votes.</summary>
static class ScriptTrial
{
    const int Images = 300;
    const int Classes = 4;

    // The first run measures shapes, the second is optimised.
    const int Runs = 3;

    static readonly Dictionary<string, (VotingRule Rule, Type Type)> rules = new()
    {
        [nameof(MajorityVote)] = (VotingRule.From<MajorityVote>(), typeof(MajorityVote)),
        [nameof(MaxMin)] = (VotingRule.From<MaxMin>(), typeof(MaxMin)),
        [nameof(MeanLogit)] = (VotingRule.From<MeanLogit>(), typeof(MeanLogit)),
        [nameof(MeanProbability)] = (VotingRule.From<MeanProbability>(), typeof(MeanProbability)),
        [nameof(MedianLogit)] = (VotingRule.From<MedianLogit>(), typeof(MedianLogit)),
        [nameof(MixedNuts)] = (VotingRule.From<MixedNuts>(), typeof(MixedNuts)),
        [nameof(Product)] = (VotingRule.From<Product>(), typeof(Product)),
        [nameof(Quorum)] = (VotingRule.From<Quorum>(), typeof(Quorum)),
        [nameof(StackedMean)] = (VotingRule.From<StackedMean>(), typeof(StackedMean)),
        [nameof(WeightedMean)] = (VotingRule.From<WeightedMean>(), typeof(WeightedMean)),
    };

    /// <summary>The shipped rules.</summary>
    public static IEnumerable<string> Rules => rules.Keys;

    /// <summary>What the generator writes for a shipped rule.</summary>
    public static string Text(string rule, int members, int quorum, int gates)
    {
        var script = rules[rule].Type.GetCustomAttribute<VoteScriptAttribute>()!;
        // Names need not be ASCII.
        string[] Names(string name, int count) => [.. Enumerable.Range(0, count).Select(i => $"{name}{i}")];
        return string.Join("\n", ScriptEmitter.Lines(
            new ScriptModel(
                script.Scores, script.Labels), Names("Mitglied_Ä", members), quorum, Names("Schwelle_ß", gates)));
    }

    /// <summary>What is wrong with a script; null where it is nothing.</summary>
    public static string? Complaint(ScriptCase script)
    {
        using var scope = NewDisposeScope();
        var compiled = DecisionScript.Compile(script.Text);
        try
        {
            return OnRandomVotes(script, compiled) ?? OnKnownVotes(script, compiled) ?? WithoutValues(script);
        }
        catch (ExternalException exception)
        {
            return exception.Message;
        }
    }

    static string? OnRandomVotes(ScriptCase script, DecisionScript compiled)
    {
        manual_seed(1);
        var weights = Weights(script, rand(script.Members) + 0.1);
        var thresholds = Quarters(script.Gates).abs();
        var rule = new DecisionRule(rules[script.Rule].Rule, weights, script.Quorum, thresholds);
        for (var run = 0; run < Runs; run++)
        {
            var logits = Strange(Quarters(script.Members, Images, Classes) + Quarters(1, Images, Classes));
            var gateScores = Strange(Quarters(script.Gates, Images));
            var (scores, labels) = rule.Decide(logits, gateScores);
            var (itsScores, itsLabels) = compiled.Decide(logits, weights, gateScores, thresholds);
            if (!labels.Equals(itsLabels))
                return $"labels differ in run {run}";
            if (itsScores.dtype != ScalarType.Float32 || !scores.allclose(itsScores, rtol: 0, atol: 0, equal_nan: true))
                return $"scores differ in run {run}";
            if (labels.eq(Decision.Reject).all().item<bool>() || !labels.eq(Decision.Reject).any().item<bool>())
                return "the trial is none: it needs images that are decided and images that are rejected";
        }

        return null;
    }

    /// <summary>
    /// Members that are sure: all for class 2; all for class 2, one of them with a logit that is no number; all for
    /// class 1, but a gate is a hair above its threshold.
    /// </summary>
    static string? OnKnownVotes(ScriptCase script, DecisionScript compiled)
    {
        var logits = zeros(script.Members, 3, Classes);
        logits[.., ..2, 2] = 8;
        logits[.., 2, 1] = 8;
        logits[0, 1, 0] = float.NaN;
        var gateScores = full(script.Gates, 3, 0.5f);
        if (script.Gates > 0)
            gateScores[script.Gates - 1, 2] = MathF.BitIncrement(0.5f);
        var (_, labels) = compiled.Decide(
            logits, Weights(script, ones(script.Members)), gateScores, full(script.Gates, 0.5f));
        long[] expected = [2, Decision.Reject, script.Gates > 0 ? Decision.Reject : 1];
        return labels.data<long>().ToArray().SequenceEqual(expected)
            ? null
            : $"known votes become {labels.ToString(TorchSharp.TensorStringStyle.Julia)}";
    }

    /// <summary>Weights that sum to 1, and the other numbers of a rule that is fitted.</summary>
    static Tensor Weights(ScriptCase script, Tensor weights)
    {
        float[] others = script.Rule == nameof(MixedNuts) ? [1.5f, 2, -0.5f, 0.9f] : [];
        return cat([weights / weights.sum(), tensor(others)]);
    }

    /// <summary>
    /// Tensors of the meta device have shapes and no values, so that what looks at a value fails there: on a GPU it
    /// would make the host wait.
    /// </summary>
    static string? WithoutValues(ScriptCase script)
    {
        var weights = Weights(script, ones(script.Members)).size(0);
        // There is no logsumexp on that device, and no abs; a maximum and a negation have their shapes.
        var compiled = DecisionScript.Compile(script.Text
            .Replace("torch.logsumexp(", "torch.amax(", StringComparison.Ordinal)
            .Replace("torch.abs(", "torch.neg(", StringComparison.Ordinal));
        var (scores, labels) = compiled.Decide(
            empty(
                script.Members,
                Images,
                Classes,
                device: META), empty(weights, device: META), empty(script.Gates, Images,
                device: META), empty(script.Gates, device: META));
        var isRight = scores.shape.SequenceEqual([Images, Classes])
            && labels.shape.SequenceEqual([Images])
            && labels.dtype == ScalarType.Int64
            && scores.device_type == TorchSharp.DeviceType.META && labels.device_type == TorchSharp.DeviceType.META;
        return isRight ? null : $"the shapes are {string.Join(",", scores.shape)} and {string.Join(",", labels.shape)}";
    }

    /// <summary>Few different values, so that members tie and agree, and scores meet thresholds.</summary>
    public static Tensor Quarters(params long[] shape) => randint(-6, 7, shape) / 4f;

    /// <summary>The values with some that are no number, or infinite.</summary>
    public static Tensor Strange(Tensor values)
    {
        var chance = rand(values.shape);
        return values
            .masked_fill(chance.lt(0.01), float.NaN)
            .masked_fill(chance.gt(0.995), float.PositiveInfinity)
            .masked_fill(chance.gt(0.9975), float.NegativeInfinity);
    }
}
