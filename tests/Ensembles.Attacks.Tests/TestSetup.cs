using System.Runtime.CompilerServices;

// Randomised defenses draw from the one global generator of the process: attacks on them run one at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Ensembles.Attacks.Tests;

static class TestSetup
{
    [ModuleInitializer]
    public static void OneThread() => TorchSharp.torch.set_num_threads(1);
}
