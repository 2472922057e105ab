using System.Runtime.CompilerServices;
using static TorchSharp.torch;

// Training seeds torch's global generator, so tests that draw from it take turns.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Ensembles.Defenses.Tests.Fixtures;

static class TorchSettings
{
    /// <summary>One thread: the sums are then the same on every machine with the same instructions.</summary>
    [ModuleInitializer]
    internal static void OneThread() => set_num_threads(1);
}
