using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The defense while it is under attack: frozen parameters in a fast layout, plans in the place of components that have one, seeded draws, counted work. Disposing it gives
/// the parameters and the global random state back as they were.
/// </summary>
/// <remarks>
/// Plans give the same numbers but for rounding. What is known of clean images, and whether gradients are masked, comes from the defense itself, and so does the
/// verdict on the images found: see <see cref="AttackBatch.Judge()"/>.
/// </remarks>
sealed class Victim : IDisposable
{
    /// <summary>An attack of a few steps is over before it has paid for making a plan and comparing it with its component.</summary>
    const int EvaluationsBeforePlans = 4;

    readonly AttackSurface surface;
    readonly Access access;
    readonly List<Parameter> frozen = [];
    readonly WeightLayout layout;
    readonly Tensor randomState;
    readonly GradientWatch watch = new();
    readonly AttackPlans plans;
    bool mayPlan;
    int evaluations;

    /// <summary>Takes a defense.</summary>
    /// <param name="surface">Its attack surface.</param>
    /// <param name="access">What the attack learns of it.</param>
    /// <param name="rowsAtOnce">How many rows, images times draws, pass through the defense at once.</param>
    /// <exception cref="InvalidOperationException">A module in training mode.</exception>
    public Victim(AttackSurface surface, Access access, int rowsAtOnce)
    {
        (this.surface, this.access, RowsAtOnce) = (surface, access, rowsAtOnce);
        ThrowIfTraining(surface);
        Randomized = surface.EotSamples > 1 || surface.Modules.OfType<IRandomized>().Any();
        randomState = get_rng_state().DetachFromDisposeScope();
        Freeze();
        layout = new WeightLayout(surface.Modules);
        plans = new AttackPlans(IsFollowed);
        // A walk along the boundary by labels ends nearer to it than rounding is fine.
        mayPlan = !Randomized && access != Access.Labels;
    }

    /// <summary>The defense's attack surface.</summary>
    public AttackSurface Surface => surface;

    /// <summary>Whether the attack follows the defense's gradient.</summary>
    public bool IsFollowed => access == Access.Gradient;

    /// <summary>How many rows an evaluation without a graph passes through the defense at once, so that draws and queries do not multiply its memory.</summary>
    public int RowsAtOnce { get; }

    /// <summary>How many images are attacked at once: with the draws a gradient is averaged over no more rows than these.</summary>
    public int ImagesAtOnce => Math.Max(RowsAtOnce / surface.EotSamples, 1);

    /// <summary>Whether the defense draws random numbers.</summary>
    public bool Randomized { get; }

    /// <summary>Draws a success is confirmed by: at least as many as the gradient sees, odd so that a majority exists, and fresh.</summary>
    public int ConfirmingDraws => Randomized ? Math.Max(surface.EotSamples, 10) | 1 : 1;

    /// <summary>Images passed forward, draws counted.</summary>
    public long Forwards { get; private set; }

    /// <summary>Images passed backward, draws counted.</summary>
    public long Backwards { get; private set; }

    /// <summary>Evaluates the surface under draws fixed by the seed; with a graph when the images require a gradient.</summary>
    /// <exception cref="InvalidOperationException">Logits or scores of a wrong shape, or not numbers; or a module that returns its input.</exception>
    public SurfaceOutput Evaluate(Tensor images, int draws, long seed)
    {
        var isPlanned = mayPlan && evaluations++ >= EvaluationsBeforePlans;
        return Evaluate(images, draws, seed, isPlanned ? plans.Call : null);
    }

    /// <summary>Like <see cref="Evaluate(Tensor, int, long)"/>, without plans.</summary>
    public SurfaceOutput Itself(Tensor images, int draws, long seed) => Evaluate(images, draws, seed, call: null);

    SurfaceOutput Evaluate(Tensor images, int draws, long seed, ComponentCall? call)
    {
        using var gradient = set_grad_enabled(images.requires_grad);
        using var scope = NewDisposeScope();
        manual_seed(seed);
        var count = images.size(0);
        var atOnce = images.requires_grad ? count : Math.Max(RowsAtOnce / draws, 1);
        if (count <= atOnce)
            return Ask(images, draws, call).MoveToOuterDisposeScope();
        var parts = new List<SurfaceOutput>();
        for (long start = 0; start < count; start += atOnce)
            parts.Add(Ask(images.narrow(0, start, Math.Min(atOnce, count - start)), draws, call));
        return Join(parts, draws).MoveToOuterDisposeScope();
    }

    SurfaceOutput Ask(Tensor images, int draws, ComponentCall? call)
    {
        using var scope = NewDisposeScope();
        var rows = images.size(0) * draws;
        var output = Answer(images, draws, call);
        Forwards += rows;
        ThrowIfMisshapen(output, rows);
        ThrowIfNotNumbers(output);
        return (access == Access.Labels ? LabelsOf(output) : output).MoveToOuterDisposeScope();
    }

    /// <summary>An output that tells the decision and nothing else: the scores are 1 for the label and 0 for other classes, and for a rejected image all 0.</summary>
    static SurfaceOutput LabelsOf(SurfaceOutput output)
    {
        var (labels, classes) = (output.Labels, output.Scores.size(1));
        var scores = labels.unsqueeze(1).eq(arange(classes, device: labels.device)).to_type(ScalarType.Float32);
        return new SurfaceOutput(scores.unsqueeze(0), scores, labels, zeros(0, labels.size(0), device: labels.device), zeros(0, device: labels.device));
    }

    /// <summary>The outputs for images one after the other as one output, its rows draw-major.</summary>
    static SurfaceOutput Join(IReadOnlyList<SurfaceOutput> parts, int draws)
    {
        Tensor Along(int rows, Func<SurfaceOutput, Tensor> part)
        {
            var byDraw = parts.Select(p => part(p).unflatten(rows, [draws, part(p).size(rows) / draws]));
            return cat([.. byDraw], rows + 1).flatten(rows, rows + 1);
        }
        return new SurfaceOutput(
            Along(1, p => p.MemberLogits), Along(0, p => p.Scores), Along(0, p => p.Labels), Along(1, p => p.GateScores), parts[0].GateThresholds);
    }

    SurfaceOutput Answer(Tensor images, int draws, ComponentCall? call)
    {
        // Where a module returns its input, the container around it disposes it: an alias, and not the attack's images.
        var given = images.alias();
        SurfaceOutput? output = null;
        try
        {
            output = surface.Evaluate(given, draws, call);
        }
        catch (InvalidOperationException) when (given.IsInvalid)
        {
        }
        return given.IsInvalid || output is null
            ? throw new InvalidOperationException("A module of the defense returns its input, and the container around it disposed the images with it. Return input.alias() there.")
            : output;
    }

    /// <summary>Whether a plan has answered in the place of the defense.</summary>
    public bool IsPlanned => mayPlan && plans.Any;

    /// <summary>What the defense itself makes of images that were found, and counted, before.</summary>
    public SurfaceOutput Verdict(Tensor images)
    {
        var counted = Forwards;
        var output = Itself(images.detach(), draws: 1, seed: 0);
        Forwards = counted;
        return output;
    }

    /// <summary>Asks the defense itself from here on.</summary>
    public void DropPlans() => mayPlan = false;

    /// <summary>Counts the work of an attack on another defense that this one needed.</summary>
    public void CountElsewhere(AttackResult result)
    {
        Forwards += result.Forwards;
        Backwards += result.Backwards;
    }

    /// <summary>Counts passes that an attack needed beside those of the whole defense.</summary>
    public void CountElsewhere(long forwards) => Forwards += forwards;

    /// <summary>Notes that the vote (null) or a gate was to be moved, and whether it had a gradient.</summary>
    public void Watch(int? gate, bool anyGradient) => watch.Note(gate, anyGradient);

    /// <summary>The gradient [N, C, H, W] of the sum of values [R] with respect to the images they were computed from in some draws, and the size of each image's <see cref="LargestEntries"/> in it.</summary>
    /// <exception cref="InvalidOperationException">The gradient is not finite.</exception>
    public Tensor Gradient(Tensor values, Tensor images, int draws, out float[] largest)
    {
        using var scope = NewDisposeScope();
        Backwards += images.size(0) * draws;
        images.grad = null;
        var sum = values.sum();
        // There is nothing to follow when the defense cuts the graph, by an argmax for example.
        if (sum.requires_grad)
            sum.backward(retain_graph: true);
        var gradient = images.grad is { } g ? g.detach() : zeros_like(images);
        largest = LargestEntries.Of(gradient);
        if (!largest.All(float.IsFinite))
            throw new InvalidOperationException("The gradient with respect to the images is not finite on some image inside the ball, so an attack cannot follow it there and the defense would only look robust. A root or a norm at 0 is the usual reason: add a small constant under it.");
        return gradient.MoveToOuterDisposeScope();
    }

    /// <summary>Throws when the vote, or a gate that had to be passed, never gave a gradient.</summary>
    /// <exception cref="ZeroGradientException">The attack was blind.</exception>
    public void ThrowIfBlind() => watch.ThrowIfBlind(surface);

    /// <inheritdoc/>
    public void Dispose()
    {
        plans.Dispose();
        layout.Dispose();
        foreach (var parameter in frozen)
            parameter.requires_grad = true;
        set_rng_state(randomState);
        randomState.Dispose();
    }

    static void ThrowIfTraining(AttackSurface surface)
    {
        var training = surface.Modules.Where(m => m.training).Select(m => m.GetName()).Distinct().Take(5).ToArray();
        if (training.Length > 0)
            throw new InvalidOperationException($"An attack evaluates the defense as it is deployed, but these modules are in training mode, where dropout and batch normalisation act differently: {string.Join(", ", training)}. Call eval() on the ensemble or classifier first.");
    }

    /// <summary>Half the time of an attack step goes into parameter gradients nobody reads; and they would be left behind in the parameters.</summary>
    void Freeze()
    {
        foreach (var parameter in surface.Modules.SelectMany(m => m.parameters(recurse: false)))
        {
            if (!parameter.requires_grad)
                continue;
            parameter.requires_grad = false;
            frozen.Add(parameter);
        }
    }

    void ThrowIfMisshapen(SurfaceOutput output, long rows)
    {
        var (logits, scores) = (output.MemberLogits, output.Scores);
        if (logits.dim() != 3 || logits.size(1) != rows || logits.size(2) < 2 || scores.dim() != 2 || scores.size(0) != rows || scores.size(1) != logits.size(2))
            throw new InvalidOperationException($"A classifier turns images [N, C, H, W] into logits [N, K] of K >= 2 classes; for {rows} images {string.Join(", ", surface.Members)} gave {Shape(logits)}, members first, and the vote {Shape(scores)}. Attack a module whose output is logits.");
        if (output.GateScores.dim() != 2 || output.GateScores.size(1) != rows)
            throw new InvalidOperationException($"A gate turns images [N, C, H, W] into scores [N]; for {rows} images {string.Join(", ", surface.Gates)} gave {Shape(output.GateScores)}, gates first.");

        static string Shape(Tensor tensor) => $"[{string.Join(", ", tensor.shape)}]";
    }

    void ThrowIfNotNumbers(SurfaceOutput output)
    {
        // NaN compares as "not the label" for some rules and as "rejected" for others: no number comes of either.
        if (HasNaN(output.MemberLogits))
            throw new InvalidOperationException($"The logits of {Named(surface.Members, output.MemberLogits)} are not numbers on some image inside the ball. A robustness figure of such a defense means nothing; make its forward pass finite on all of [0, 1].");
        if (HasNaN(output.GateScores))
            throw new InvalidOperationException($"The score of {Named(surface.Gates, output.GateScores)} is not a number on some image inside the ball. The gate would reject it and give an attack nothing to follow; make its score finite on all of [0, 1].");
        if (HasNaN(output.GateThresholds))
            throw new InvalidOperationException($"The gate {Named(surface.Gates, output.GateThresholds)} has no threshold yet: call CalibrateGates(validationImages) before an attack.");
    }

    static bool HasNaN(Tensor values)
    {
        if (HostMemory.Holds(values))
            return float.IsNaN(LargestEntries.OfAll(values));
        using var scope = NewDisposeScope();
        return values.numel() > 0 && values.detach().isnan().any().item<bool>();
    }

    /// <summary>The names whose slice along the first dimension has a NaN.</summary>
    static string Named(IReadOnlyList<string> names, Tensor values)
    {
        using var scope = NewDisposeScope();
        return string.Join(", ", names.Where((_, i) => values[i].isnan().any().item<bool>()));
    }
}
