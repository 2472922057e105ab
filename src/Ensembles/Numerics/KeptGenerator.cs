using static TorchSharp.torch;

namespace Ensembles.Numerics;

/// <summary>Torch's global generator on the CPU, put back as it was found when this is disposed.</summary>
public sealed class KeptGenerator : IDisposable
{
    readonly Tensor state = get_rng_state().DetachFromDisposeScope();

    /// <inheritdoc/>
    public void Dispose()
    {
        set_rng_state(state);
        state.Dispose();
    }
}
