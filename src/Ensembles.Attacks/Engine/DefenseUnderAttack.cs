using TorchSharp.Modules;
using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <summary>
/// The defense while it is under attack: frozen parameters in a fast layout, plans in the place of components that have
/// one, seeded draws, counted work. Disposing it gives the parameters and the global random state back as they were.
/// </summary>
/// <remarks>
/// Plans give the same numbers but for rounding. What is known of clean images, and whether gradients are masked, comes
/// from the defense itself, and so does the verdict on the images found: see <see cref="AttackBatch.Judge()"/>.
/// </remarks>
sealed partial class DefenseUnderAttack : IDisposable
{
    /// <summary>
    /// An attack of a few steps is over before it has paid for making a plan and comparing it with its component.
    /// </summary>
    const int EvaluationsBeforePlans = 4;

    readonly AttackAccess access;
    readonly List<Parameter> frozen = [];
    readonly WeightLayout layout;
    readonly Tensor randomState;
    readonly GradientWatch watch = new();
    readonly AttackPlans plans;
    readonly ScalarType callersType;
    bool mayPlan;
    int evaluations;

    /// <summary>Takes a defense.</summary>
    /// <param name="surface">Its attack surface.</param>
    /// <param name="access">What the attack learns of it.</param>
    /// <param name="rowsAtOnce">How many rows, images times draws, pass through the defense at once.</param>
    /// <param name="callersType">The default type of tensors that the caller has set.</param>
    /// <exception cref="InvalidOperationException">A module in training mode.</exception>
    public DefenseUnderAttack(
        AttackSurface surface, AttackAccess access, int rowsAtOnce, ScalarType callersType = ScalarType.Float32)
    {
        (Surface, this.access, RowsAtOnce, this.callersType) = (surface, access, rowsAtOnce, callersType);
        EvaluationMode.ThrowIfTraining(surface.Modules, "The defense");
        Randomized = surface.EotSamples > 1 || surface.Modules.OfType<IRandomized>().Any();
        randomState = get_rng_state().DetachFromDisposeScope();
        Freeze();
        layout = new WeightLayout(surface.Modules);
        plans = new AttackPlans(IsFollowed);
        // An attack that sees labels alone walks closer to the boundary than the rounding of a plan.
        mayPlan = !Randomized && access != AttackAccess.Labels;
    }

    /// <summary>The defense's attack surface.</summary>
    public AttackSurface Surface { get; }

    /// <summary>Whether the attack follows the defense's gradient.</summary>
    public bool IsFollowed => access == AttackAccess.Gradients;

    /// <summary>Whether it sees decided labels alone.</summary>
    public bool IsLabelsAlone => access == AttackAccess.Labels;

    /// <summary>
    /// How many rows an evaluation without a graph passes through the defense at once, so that draws and queries do not
    /// multiply its memory.
    /// </summary>
    public int RowsAtOnce { get; }

    /// <summary>
    /// How many images are attacked at once: with the draws a gradient is averaged over no more rows than these.
    /// </summary>
    public int ImagesAtOnce => Math.Max(RowsAtOnce / Surface.EotSamples, 1);

    /// <summary>Whether the defense draws random numbers.</summary>
    public bool Randomized { get; }

    /// <summary>
    /// Draws a success is confirmed by: at least as many as the gradient sees, odd so that a majority exists, and
    /// fresh.
    /// </summary>
    public int ConfirmingDraws => Randomized ? Math.Max(Surface.EotSamples, 10) | 1 : 1;

    /// <summary>Images passed forward, draws counted.</summary>
    public long Forwards { get; private set; }

    /// <summary>Images passed backward, draws counted.</summary>
    public long Backwards { get; private set; }

    /// <summary>Whether a plan has answered in the place of the defense.</summary>
    public bool IsPlanned => mayPlan && plans.Any;

    /// <summary>
    /// Evaluates the surface under draws fixed by the seed; with a graph when the images require a gradient.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// Logits or scores of a wrong shape, or not numbers; or a module that returns its input.
    /// </exception>
    public SurfaceOutput Evaluate(Tensor images, int draws, long seed)
    {
        var isPlanned = mayPlan && evaluations++ >= EvaluationsBeforePlans;
        return Evaluate(images, draws, seed, isPlanned ? plans.Call : null);
    }

    /// <summary>Like <see cref="Evaluate(Tensor, int, long)"/>, without plans.</summary>
    public SurfaceOutput EvaluateItself(Tensor images, int draws, long seed) =>
        Evaluate(images, draws, seed, call: null);

    /// <summary>What the defense itself makes of images that were found, and counted, before.</summary>
    public SurfaceOutput Verdict(Tensor images)
    {
        var counted = Forwards;
        var output = EvaluateItself(images.detach(), draws: 1, seed: 0);
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

    /// <summary>
    /// The gradient [N, C, H, W] of the sum of values [R] of an evaluation with respect to its images, and the size of
    /// each image's <see cref="LargestEntries"/> in it.
    /// </summary>
    /// <exception cref="InvalidOperationException">The gradient is not finite.</exception>
    public Tensor Gradient(Tensor values, DefenseEvaluation evaluation, out float[] largest)
    {
        var gradient = Gradient(values, evaluation.Images, evaluation.Draws, out var ofAll);
        largest = ofAll;
        if (evaluation.Rows is not { } rows)
            return gradient;
        largest = [.. HostMemory.ReadLongs(rows).Select(row => ofAll[row])];
        using (gradient)
            return gradient.index_select(0, rows);
    }

    /// <summary>The same for values computed from images [N, C, H, W] in some draws.</summary>
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
        largest = LargestEntries.Find(gradient);
        if (!largest.All(float.IsFinite))
            throw new InvalidOperationException(
                "The gradient with respect to the images is not finite on some image inside the ball, so an attack "
                + "cannot follow it there and the defense would only look robust. A root or a norm at 0 is the usual "
                + "reason: add a small constant under it.");
        return gradient.MoveToOuterDisposeScope();
    }

    /// <summary>Throws when the vote, or a gate that had to be passed, never gave a gradient.</summary>
    /// <exception cref="ZeroGradientException">The attack was blind.</exception>
    public void ThrowIfBlind() => watch.ThrowIfBlind(Surface);

    /// <inheritdoc/>
    public void Dispose()
    {
        Cool();
        plans.Dispose();
        layout.Dispose();
        foreach (var parameter in frozen)
            parameter.requires_grad = true;
        set_rng_state(randomState);
        randomState.Dispose();
    }

    SurfaceOutput Evaluate(Tensor images, int draws, long seed, ComponentCall? call, bool isHeated = false)
    {
        if (!isHeated)
            temperature?.TurnOff();
        using var gradient = set_grad_enabled(images.requires_grad);
        using var scope = NewDisposeScope();
        manual_seed(seed);
        var count = images.size(0);
        var atOnce = images.requires_grad ? count : Math.Max(RowsAtOnce / draws, 1);
        if (count <= atOnce)
            return EvaluateAtOnce(images, draws, call).MoveToOuterDisposeScope();
        var parts = new List<SurfaceOutput>();
        for (long start = 0; start < count; start += atOnce)
            parts.Add(EvaluateAtOnce(images.narrow(0, start, Math.Min(atOnce, count - start)), draws, call));
        return Join(parts, draws).MoveToOuterDisposeScope();
    }

    SurfaceOutput EvaluateAtOnce(Tensor images, int draws, ComponentCall? call)
    {
        using var scope = NewDisposeScope();
        var rows = images.size(0) * draws;
        // A copy: what a surface hands its modules they may change, or dispose. And what modules make themselves is of
        // the caller's default type.
        SurfaceOutput answer;
        using (DefaultType.Of(callersType))
            answer = Surface.Evaluate(images.clone(), draws, call);
        Forwards += rows;
        OutputChecks.ThrowIfMisshapen(Surface, answer, rows);
        OutputChecks.ThrowIfNotNumbers(Surface, answer);
        var output = InFloat32(answer);
        return (access == AttackAccess.Labels ? LabelsOf(output) : output).MoveToOuterDisposeScope();
    }

    /// <summary>Networks in double or half precision give such scores; attacks compute in float32.</summary>
    static SurfaceOutput InFloat32(SurfaceOutput output)
    {
        return output with
        {
            MemberLogits = Converted(output.MemberLogits),
            Scores = Converted(output.Scores),
            GateScores = Converted(output.GateScores),
            GateThresholds = Converted(output.GateThresholds),
        };

        static Tensor Converted(Tensor values) =>
            values.dtype == ScalarType.Float32 ? values : values.to_type(ScalarType.Float32);
    }

    /// <summary>
    /// An output that tells the decision and nothing else: the scores are 1 for the label and 0 for other classes, and
    /// for a rejected image all 0.
    /// </summary>
    static SurfaceOutput LabelsOf(SurfaceOutput output)
    {
        var (labels, classes) = (output.Labels, output.Scores.size(1));
        var scores = labels.unsqueeze(1).eq(arange(classes, device: labels.device)).to_type(ScalarType.Float32);
        var noGates = zeros(0, labels.size(0), device: labels.device);
        return new SurfaceOutput(scores.unsqueeze(0), scores, labels, noGates, zeros(0, device: labels.device));
    }

    /// <summary>The outputs for images one after the other as one output, its rows draw-major.</summary>
    static SurfaceOutput Join(IReadOnlyList<SurfaceOutput> parts, int draws)
    {
        return new SurfaceOutput(
            Along(1, p => p.MemberLogits), Along(0, p => p.Scores), Along(0, p => p.Labels),
            Along(1, p => p.GateScores), parts[0].GateThresholds)
        {
            OwnScores = parts[0].OwnScores is null ? null : Along(0, p => p.OwnScores!),
            GuardedVotes = parts[0].GuardedVotes is null ? null : Along(1, p => p.GuardedVotes!),
        };

        Tensor Along(int rows, Func<SurfaceOutput, Tensor> part)
        {
            var byDraw = parts.Select(p => part(p).unflatten(rows, [draws, part(p).size(rows) / draws]));
            return cat([.. byDraw], rows + 1).flatten(rows, rows + 1);
        }
    }

    /// <summary>
    /// Half the time of an attack step goes into parameter gradients nobody reads; and they would be left behind in the
    /// parameters.
    /// </summary>
    void Freeze()
    {
        foreach (var parameter in Surface.Modules.SelectMany(m => m.parameters(recurse: false)))
        {
            if (!parameter.requires_grad)
                continue;
            parameter.requires_grad = false;
            frozen.Add(parameter);
        }
    }
}
