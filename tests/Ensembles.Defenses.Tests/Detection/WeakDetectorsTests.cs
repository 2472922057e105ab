using Ensembles.Defenses.Tests.Fixtures;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Defenses.Tests.Detection;

/// <summary>
/// Several weak defenses at once: three detectors of which any may reject (He et al. 2017 [15]), and the two halves of
/// MagNet.
/// </summary>
public class WeakDetectorsTests
{
    /// <summary>
    /// A gate more never rejects less. All three catch every attack that does not know of them, and one that does gets
    /// past them where the radius leaves it room, as past each alone.
    /// </summary>
    [Fact]
    public void Three_detectors_fall_together()
    {
        using var scope = NewDisposeScope();
        using var binary = Trained(nameof(BinaryClassifierDetector), epochs: 3);
        using var inside = Trained(nameof(SubnetworkDetector), epochs: 3);
        using var doubtful = (BayesianUncertaintyDetector)Trained(nameof(BayesianUncertaintyDetector), epochs: 3);
        doubtful.DropoutDraws = 4;
        using var others = Bars.Make(200, seed: 5);
        var together = BehindGate.Screened(binary, inside, doubtful);
        var alone = new[] { binary, inside }.Select(gate => BehindGate.Screened(gate)).ToArray();

        var clean = BehindGate.Rejected(together, others.Images);
        Assert.InRange(clean, alone.Max(gate => BehindGate.Rejected(gate, others.Images)), 0.3);
        var unaware = BehindGate.Unaware(0.3);
        var caught = BehindGate.Rejected(together, unaware);
        Assert.InRange(caught, alone.Max(gate => BehindGate.Rejected(gate, unaware)), 1);
        Assert.InRange(caught, 0.7, 1);
        Assert.InRange(BehindGate.Robust(together, 0.5), 0, 0.25);
    }

    /// <summary>MagNet whole: its detectors, and its autoencoder before the network.</summary>
    [Fact]
    public void Detectors_and_a_reformer_fall_together()
    {
        using var detector = (ReconstructionDetector)Trained(nameof(ReconstructionDetector), epochs: 6);
        var (caught, robust) = BehindGate.Of(detector, epsilon: 0.3, detector.Autoencoder);
        Assert.InRange(caught, 0.7, 1);
        Assert.InRange(robust, 0, 0.2);
    }

    static NetworkDetector Trained(string name, int epochs)
    {
        using var training = Bars.Make(600, seed: 1);
        var detector = (NetworkDetector)Trainables.Make(name);
        detector.Train(training, new TrainingOptions { Seed = 1, Epochs = epochs, LearningRate = 4e-3 });
        return detector;
    }
}
