using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// A frozen inference plan of an ensemble: the same decisions, faster. It is made by
/// <see cref="EnsembleCompilation.Compile"/>.
/// </summary>
/// <remarks>
/// <para>Evaluation mode and no gradients. Modules that consist of known layers (TorchSharp's Sequential, convolution,
/// linear, batch normalisation, ReLU, pooling, flatten, dropout, and every <see cref="ILayered"/>) become frozen
/// layers, and so do those whose <c>forward</c> was read into a graph: batch normalisation folded, activations in
/// place, weights laid out for the machine. Every other module runs its own forward on a frozen copy of itself. With
/// <see cref="CompileOptions.Engine"/> an engine computes what it can hold: the ensemble as a whole, vote and gates
/// included, or else each component that has a graph. A component runs as it is, on its own weights, when it is
/// <see cref="IRandomized"/>, or has hooks, or holds what cannot be copied; <see cref="ToString"/> says which.</para>
/// <para>Compiling tries and measures on copies: what the ensemble's modules count or remember, and whether they are in
/// training mode, is as it was. What a copy counts begins where the original stood, and has seen the images of those
/// trials. A module that holds what cannot be copied, such as a delegate, is called itself, with a few random images
/// and once at most: where it says which layers it consists of, to see that it does; and the first member, where none
/// can be copied, to see how many classes there are. So is one whose copy fails.</para>
/// <para>A plan computes large batches in parts, which changes no answer for an image that does not depend on the
/// others of its batch. Components that were copied are tried with a batch and its halves, and where the answers differ
/// nothing is compiled. Those that run as they are see every batch whole, as in the ensemble.</para>
/// <para>The plan keeps its own weights, thresholds and vote: changing, moving, training, loading or disposing the
/// ensemble afterwards does not reach it, except for the components that run as they are. Compile again after
/// training.</para>
/// <para>On CUDA, weights and thresholds are on the device once and for all, and vote and gates are one TorchScript
/// function, the ensemble's <see cref="Ensemble.DecisionScript"/> (a rule without a script votes in C#). Where all
/// components are layers, or graphs of operations that TorchScript has, the members are in that function too, if it
/// decides alike on sample images and measured no slower than members one by one. The first calls with a new batch size
/// may take longer, while torch compiles it for that. The host waits for the device once a call, behind everything,
/// when it reads whether all pixels lay in [0, 1], and where a module's own forward makes it wait. Images from the
/// host's memory are checked there; they go to the device, and their decisions back, in slices of about 32 MiB, and the
/// host waits once a slice. Convolutions use TF32 there, as torch's own do, unless
/// <c>torch.backends.cudnn.allow_tf32</c> is switched off.</para>
/// <para>Any number of threads may call <see cref="Decide"/> at once and get equal results. When the plan is disposed
/// those inside come to their end, and the last one frees the weights.</para>
/// <para>A batch of any size takes no more memory than its images, its decisions and about 32 MiB of images on their
/// way do; unless a component runs as it is, and takes what it takes for the whole batch.</para>
/// </remarks>
public sealed class CompiledEnsemble : IDisposable
{
    readonly EnsemblePlan plan;

    /// <summary>How many need the plan: the callers inside and, until it is disposed, its owner.</summary>
    int users = 1;
    int isDisposed;

    CompiledEnsemble(EnsemblePlan plan) => this.plan = plan;

    /// <summary>Compiles an ensemble; see <see cref="EnsembleCompilation.Compile"/>.</summary>
    internal static CompiledEnsemble From(Ensemble ensemble, CompileOptions options) =>
        new(Planner.Plan(ensemble, options));

    /// <summary>
    /// What was chosen for this machine. Give it to the next plan of the same ensemble, and nothing is measured again.
    /// </summary>
    public PlanChoices Choices => plan.Choices;

    /// <summary>Decides on images, as the ensemble does.</summary>
    /// <param name="images">
    /// Float32 [N, C, H, W] in [0, 1], of the shape and on the device the plan is made for; any N, also 0. A plan on
    /// CUDA also takes images from the host's memory.
    /// </param>
    /// <returns>The decision on each image, on the device on which the images are. The caller disposes it.</returns>
    /// <exception cref="ArgumentException">Another shape, type or device, or a value outside [0, 1].</exception>
    /// <exception cref="ObjectDisposedException">The plan is disposed.</exception>
    public Decision Decide(Tensor images)
    {
        ArgumentNullException.ThrowIfNull(images);
        Enter();
        try
        {
            return plan.Decide(images);
        }
        finally
        {
            Leave();
        }
    }

    /// <summary>
    /// The plan for reading: what was folded, stacked and skipped, what runs as it is and why, and what each choice
    /// gained.
    /// </summary>
    public override string ToString() => plan.Description;

    /// <summary>Frees the plan's weights. The ensemble keeps its own.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref isDisposed, 1) == 0)
            Leave();
    }

    void Enter()
    {
        var before = Volatile.Read(ref users);
        while (Volatile.Read(ref isDisposed) == 0 && before > 0)
        {
            var now = Interlocked.CompareExchange(ref users, before + 1, before);
            if (now == before)
                return;
            before = now;
        }

        throw new ObjectDisposedException(
            nameof(CompiledEnsemble), "The plan is disposed: compile the ensemble again.");
    }

    void Leave()
    {
        if (Interlocked.Decrement(ref users) == 0)
            plan.Dispose();
    }
}
