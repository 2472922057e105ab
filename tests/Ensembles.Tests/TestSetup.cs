using System.Runtime.CompilerServices;

// The global generators are shared by all tests of a process.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Ensembles.Tests;

static class TestSetup
{
    [ModuleInitializer]
    public static void OneThread() => TorchSharp.torch.set_num_threads(1);
}
