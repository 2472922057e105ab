using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Fakes;

/// <summary>
/// Tries every corner of the Linf ball around a four-pixel image and keeps the first that succeeds: exact for linear
/// defenses.
/// </summary>
sealed class CornerAttack : IAttack
{
    /// <summary>Called before each run, with the number of runs before it.</summary>
    public Action<int>? Before { get; init; }

    /// <summary>The corners tried; all 16 by default.</summary>
    public int Corners { get; init; } = 16;

    // A field: properties are the attack's hyperparameters.
    public int Runs;

    public string Name => Corners == 16 ? "Corners" : $"Corners-{Corners}";

    public IReadOnlyList<Norm> Norms => [Norm.Linf, Norm.L2];

    public AttackResult Run(
        AttackSurface surface, Tensor images, Tensor labels, ThreatModel threat, AttackOptions options)
    {
        Before?.Invoke(Runs);
        Runs++;
        options.Cancellation.ThrowIfCancellationRequested();
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        manual_seed(options.Seed);
        var count = (int)images.size(0);
        var best = images.clone();
        var success = Succeeds(surface, images, labels, options.Criterion);
        for (var corner = 0; corner < Corners; corner++)
        {
            var bits = Enumerable.Range(0, 4).Select(bit => (corner >> bit & 1) == 1 ? 1f : -1f);
            var signs = tensor(bits.ToArray()).view(1, 1, 2, 2);
            // A shade less than epsilon, so that rounding to float32 stays inside.
            var moved = (images + signs * (threat.Epsilon * (1 - 1e-6))).clamp(0, 1);
            var now = Succeeds(surface, moved, labels, options.Criterion);
            for (var i = 0; i < count; i++)
            {
                if (!success[i] && (now[i] || corner == 0))
                    best[i] = moved[i];
                success[i] |= now[i];
            }
            options.Progress?.Report((corner + 1.0) / Corners);
        }
        var distances = (best - images).abs().flatten(1).amax([1]).to_type(ScalarType.Float64).data<double>().ToArray();
        return new AttackResult(
            best.DetachFromDisposeScope(), success, distances, Forwards: Corners * count, Backwards: 0);
    }

    static bool[] Succeeds(AttackSurface surface, Tensor images, Tensor labels, Criterion criterion)
    {
        using var output = surface.Evaluate(images, draws: 1);
        var decided = output.Labels.data<long>().ToArray();
        var truth = labels.data<long>().ToArray();
        bool IsSuccess(long label, int i) =>
            label != truth[i] && (criterion == Criterion.Disrupted || label != Decision.Reject);
        return [.. decided.Select(IsSuccess)];
    }
}
