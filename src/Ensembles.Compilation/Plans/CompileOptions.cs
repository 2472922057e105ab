using static TorchSharp.torch;

namespace Ensembles;

/// <summary>What a plan computes in.</summary>
public enum Precision
{
    /// <summary>Float32: results within rounding of the ensemble's own.</summary>
    Float32,

    /// <summary>
    /// Bfloat16 inside lowered networks, float32 for the vote and for modules that run their own forward: faster on
    /// processors that have it, and images near a decision boundary may be decided otherwise.
    /// </summary>
    BFloat16,

    /// <summary>
    /// Half precision inside lowered networks, float32 for the rest; on CUDA only. It has more digits than bfloat16 and
    /// less reach: what exceeds 65504 between two layers becomes infinite.
    /// </summary>
    Float16,
}

/// <summary>How an ensemble is compiled.</summary>
/// <param name="ImageShape">Channels, height and width of the images.</param>
public sealed record CompileOptions(params long[] ImageShape)
{
    /// <summary>What lowered networks compute in.</summary>
    public Precision Precision { get; init; } = Precision.Float32;

    /// <summary>Where the plan runs, a CPU or a CUDA device; null for where the ensemble is.</summary>
    public Device? Device { get; init; }

    /// <summary>
    /// What computes in the place of torch, on a CPU in float32; null for torch itself. A plan keeps it only where it
    /// is no slower than the ensemble's own components, and torch computes what it cannot hold.
    /// </summary>
    public InferenceEngine? Engine { get; init; }

    /// <summary>
    /// Gates first; an image that one of them rejects is not sent to the members. Its label is
    /// <see cref="Decision.Reject"/> as ever; its scores and logits are NaN, since nobody computed them.
    /// </summary>
    /// <remarks>
    /// A member that runs as it is sees the images that are left, as one batch.
    /// On CUDA the host then waits for the device after the gates, since it must know how many images are left.
    /// </remarks>
    public bool SkipRejected { get; init; }

    /// <summary>
    /// Members one after the other; an image whose label the members so far settle (<see cref="IVotingRule.Settled"/>)
    /// is not sent to the others. Labels are as ever; an image's scores, and the logits it was not sent for, are NaN.
    /// Only members that cannot give NaN, provably from their weights, are ever spared; so the plan says for which
    /// members it holds.
    /// </summary>
    /// <remarks>
    /// On CUDA the host then waits for the device before each member that may be spared, since it must know how many
    /// images are left: it pays for large members only.
    /// </remarks>
    public bool SkipSettled { get; init; }

    /// <summary>
    /// Vote in TorchScript, and members too where that is faster, also on a CPU: a check that needs no GPU.
    /// </summary>
    internal bool ScriptOnCpu { get; init; }

    /// <summary>
    /// What an earlier plan found to be fastest on this machine (<see cref="CompiledEnsemble.Choices"/>); null to
    /// measure it, which takes part of a second, or a few for large networks: with one torch thread by the processor
    /// time of the calling thread (on Linux), so that other programs change nothing, else by wall-clock time. No path
    /// is taken that is slower than the members' own forward for any batch measured.
    /// </summary>
    public PlanChoices? Choices { get; init; }
}

/// <summary>
/// What depends on the machine and the networks, and on nothing else: it can be kept, as JSON for example, and given to
/// the next plan.
/// </summary>
/// <param name="ChannelsLast">
/// Whether torch's convolutions have the channels of a pixel beside each other in memory.
/// </param>
/// <param name="Part">The most images a network computes at once: larger batches go through it part by part.</param>
/// <param name="StackUpTo">
/// The largest part for which members of one architecture run as one network; 0 for never.
/// </param>
/// <param name="OwnForward">
/// Whether members run their own forward, operation by operation, on a copy, in float32: where that
/// is the fastest. <paramref name="ChannelsLast"/> then says nothing.
/// </param>
/// <param name="Engine">Whether <see cref="CompileOptions.Engine"/> computes what it can.</param>
/// <param name="OneScript">
/// Whether members, vote and gates are one TorchScript function where that can be, on CUDA.
/// </param>
public sealed record PlanChoices(
    bool ChannelsLast, int Part, int StackUpTo, bool OwnForward = false, bool Engine = false, bool OneScript = false)
{
    /// <summary>A good guess without a measurement: what a CPU preferred for small convolutional networks.</summary>
    public static PlanChoices Default { get; } = new(ChannelsLast: true, Part: 16, StackUpTo: 1);

    /// <summary>How torch computes convolutions.</summary>
    internal ConvolutionPath Layout =>
        OwnForward ? ConvolutionPath.Own : ChannelsLast ? ConvolutionPath.ChannelsLast : ConvolutionPath.Plain;
}
