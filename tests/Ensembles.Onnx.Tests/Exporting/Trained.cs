using static TorchSharp.torch;

namespace Ensembles.Onnx.Tests;

/// <summary>Ensembles that are ready to be exported, of 2x12x12 images and four classes.</summary>
static class Trained
{
    /// <summary>Gated, with an ensemble and a file's network among its members.</summary>
    public static Outer Nested(TemporaryFolder folder)
    {
        manual_seed(1);
        return Ready(new Outer(
            new Negative(), new Brightness(), new Plain(Networks.Small()),
            new Inner(new Brightness(), new Plain(Networks.Wide()), new Skipping(), new Skipping()),
            new Vendor(Given.Write(folder, [2, 12, 12], (b, x) => Given.Linear(b, x, classes: 4)))));
    }

    /// <summary>Gated, with components of the class that it derives from and of its own.</summary>
    public static Heir Heir()
    {
        manual_seed(1);
        return Ready(new Heir(
            new Brightness(), new Plain(Networks.Wide()), new Skipping(), new Skipping(), new Negative(),
            new Brightness(), new Plain(Networks.Small())));
    }

    static TEnsemble Ready<TEnsemble>(TEnsemble ensemble) where TEnsemble : Ensemble
    {
        ensemble.eval();
        // Untrained networks hardly tell images apart.
        using (no_grad())
        {
            foreach (var weight in ensemble.parameters().Where(p => p.dim() > 1))
                weight.mul_(2.5);
        }

        ensemble.CalibrateGates(Given.Images([2, 12, 12], 60, seed: 9));
        return ensemble;
    }
}
