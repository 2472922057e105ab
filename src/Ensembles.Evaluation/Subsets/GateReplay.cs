using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>Lets an ensemble decide with its own gates at other rates, on what its components said once.</summary>
static class GateReplay
{
    /// <summary>What stated rates are multiplied by.</summary>
    static readonly double[] factors = [1.0 / 8, 1.0 / 4, 1.0 / 2, 1, 2, 4, 8];

    /// <summary>A gate that rejects more of the clean images is none.</summary>
    const double HighestRate = 0.5;

    /// <summary>The curve, rates ascending; empty where the ensemble has no gates of its own.</summary>
    /// <param name="ensemble">The ensemble, its gates calibrated.</param>
    /// <param name="outputs">What its components say of the images.</param>
    /// <param name="labels">The N right labels.</param>
    /// <param name="validation">The clean images that thresholds are set on.</param>
    /// <param name="options">Batch size and cancellation.</param>
    public static IReadOnlyList<GatePoint> Curve(
        Ensemble ensemble, ComponentOutputs outputs, long[] labels, Tensor? validation, EvaluationOptions options)
    {
        double[] stated = [.. ensemble.Declaration.Gates.Select(gate => gate.FalsePositiveRate)];
        if (stated.Length == 0 || validation is null)
            return [];
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        var scores = Scores(ensemble.Surface, validation, options);
        var rule = ensemble.Components.Rule;
        return
        [
            .. from factor in factors
               let rates = Array.ConvertAll(stated, rate => rate * factor)
               where factor == 1 || rates.All(rate => rate <= HighestRate && rate * validation.size(0) >= 1)
               select Point(factor, rates, factor == 1 ? rule.Thresholds : Thresholds(scores, rates)),
        ];

        GatePoint Point(double factor, double[] rates, Tensor thresholds)
        {
            var (_, decided) = (rule with { Thresholds = thresholds }).Decide(outputs.Logits, outputs.GateScores);
            var survival = SubsetSurvival.Of(outputs, HostMemory.ReadLongs(decided), labels);
            return new GatePoint(
                factor, rates, Rate.OfMean(survival.Clean), Rate.OfMean(survival.Accepted),
                Rate.OfMean(survival.Lenient), Rate.OfMean(survival.Strict));
        }

        Tensor Thresholds(Tensor scores, double[] rates) => tensor(
            [.. rates.Select((rate, gate) => GateThreshold.Calibrate(scores[gate], rate))],
            device: rule.Thresholds.device);
    }

    /// <summary>What the gates say of the validation images, float32 [G, V].</summary>
    static Tensor Scores(AttackSurface surface, Tensor validation, EvaluationOptions options)
    {
        List<Tensor> scores = [];
        foreach (var batch in validation.split(options.BatchSize))
        {
            options.Cancellation.ThrowIfCancellationRequested();
            using var output = surface.Evaluate(batch, draws: 1);
            scores.Add(output.GateScores.alias());
        }

        return cat(scores, 1);
    }
}
