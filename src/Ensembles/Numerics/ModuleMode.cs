using static TorchSharp.torch.nn;

namespace Ensembles.Numerics;

/// <summary>Remembers which modules were in training mode, and puts each back into its mode when disposed.</summary>
public sealed class ModuleMode : IDisposable
{
    readonly List<(Module Module, bool Training)> modes;

    // Parents come before the modules inside them, so restoring in this order lets each module keep its own mode.
    ModuleMode(Module module) => modes = [.. module.modules().Prepend(module).Select(m => (m, m.training))];

    /// <summary>Remembers the modes of a module and of all modules inside it.</summary>
    public static ModuleMode Keep(Module module) => new(module);

    /// <summary>Whether the module itself was in training mode.</summary>
    public bool WasTraining => modes[0].Training;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var (module, training) in modes)
            module.train(training);
    }
}
