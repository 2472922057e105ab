using Ensembles.Numerics;
using static TorchSharp.torch.nn;

namespace Ensembles.Tests.Numerics;

public class ModuleModeTests
{
    [Fact]
    public void Every_module_gets_its_own_mode_back()
    {
        var (kept, dropout) = (Linear(2, 2), Dropout());
        var inner = Sequential(kept, dropout);
        var whole = Sequential(inner);
        whole.eval();
        dropout.train();
        using (var mode = ModuleMode.Keep(whole))
        {
            Assert.False(mode.WasTraining);
            whole.train();
        }

        Assert.Equal([false, false, false, true], new Module[] { whole, inner, kept, dropout }.Select(m => m.training));
    }

    [Fact]
    public void Training_modules_are_named()
    {
        Module[] modules = [Linear(2, 2), Dropout()];
        modules[0].eval();
        var error = Assert.Throws<InvalidOperationException>(() => EvaluationMode.ThrowIfTraining(modules, "The net"));
        Assert.StartsWith("The net is in training mode (Dropout)", error.Message);
        modules[1].eval();
        EvaluationMode.ThrowIfTraining(modules, "The net");
    }
}
