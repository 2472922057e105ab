using Ensembles.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles.App;

/// <summary>A run's ensemble, trained or taken up from its checkpoints, with its data on the run's device.</summary>
sealed class TrainedEnsemble<TEnsemble> : IDisposable where TEnsemble : Ensemble
{
    readonly EnsembleSetup<TEnsemble> setup;
    readonly AppRun run;

    /// <summary>Trains, calibrates the gates and fits the vote, or takes up what an earlier run did.</summary>
    /// <param name="setup">The program's setup.</param>
    /// <param name="run">Seed, device and folder.</param>
    /// <param name="steps">Shown meanwhile.</param>
    /// <param name="cancellation">Stops it; whole epochs are kept.</param>
    public TrainedEnsemble(
        EnsembleSetup<TEnsemble> setup, AppRun run, Steps steps, CancellationToken cancellation)
    {
        (this.setup, this.run) = (setup, run);
        Folder = Directory.CreateDirectory(Path.Combine(run.Output, setup.Variant)).FullName;
        random.manual_seed(run.Seed);
        Ensemble = setup.Create();
        Undefended = setup.Undefended?.Invoke();
        Ensemble.to(run.Device);
        Undefended?.to(run.Device);
        Validation = OnDevice(setup.ValidationImages);
        Test = OnDevice(setup.TestImages)!;
        // Of several processes with one folder the first trains, and the others take up what it trained.
        using (FileClaim.Take(Path.Combine(Folder, "training.claim"), cancellation))
            Train(steps, cancellation);
        Ensemble.eval();
        // A gate's own draws must not depend on whether the training above was resumed.
        random.manual_seed(run.Seed);
        if (Ensemble.Gates.Count > 0)
            Ensemble.CalibrateGates((Validation ?? throw new ArgumentException(
                "The ensemble has gates, and the setup names no ValidationImages to calibrate them on.")).Images);
    }

    /// <summary>The ensemble, in evaluation mode.</summary>
    public TEnsemble Ensemble { get; }

    /// <summary>The undefended twin, trained; null where the setup has none.</summary>
    public Classifier? Undefended { get; }

    /// <summary>The clean images that gates are calibrated on; null where the setup has none.</summary>
    public LabeledImages? Validation { get; }

    /// <summary>The test images.</summary>
    public LabeledImages Test { get; }

    /// <summary>The run's own folder.</summary>
    public string Folder { get; }

    /// <summary>The folder of finished results.</summary>
    public string Units => Path.Combine(Folder, "units");

    public void Dispose()
    {
        Ensemble.Dispose();
        Undefended?.Dispose();
        Validation?.Dispose();
        Test?.Dispose();
    }

    void Train(Steps steps, CancellationToken cancellation)
    {
        using var training = Read(setup.TrainingImages);
        ThrowIfTested(training, cancellation);
        var options = setup.Training with
        {
            Seed = run.Seed,
            Cancellation = cancellation,
            Progress = steps.OfTraining,
            CheckpointPath = Folder,
        };
        setup.Train(Ensemble, training, options);
        if (Undefended is ITrainable trainable)
            trainable.Train(training, options.For("Undefended"));
        else if (Undefended is not null)
            throw new ArgumentException(
                $"{Undefended.GetType().Name}, the undefended twin, does not say how it is trained: make it a "
                + "NetworkClassifier, or implement ITrainable.");
        Undefended?.eval();
        steps.Finish();
    }

    /// <summary>Throws where test images are trained on; one in a hundred may be, as doubles are in many datasets.
    /// </summary>
    void ThrowIfTested(LabeledImages training, CancellationToken cancellation)
    {
        using var trained = new FittedImages();
        trained.Remember(training, cancellation);
        var (known, of) = trained.CountKnown(Test.Images);
        if (known > 1 && known > 0.01 * of)
            throw new ArgumentException(
                $"{known} of {of} test images are training images, too, which flatters every figure: test on others.");
    }

    LabeledImages? OnDevice(Func<LabeledImages>? read)
    {
        if (read is null)
            return null;
        using var images = Read(read);
        return images.To(run.Device);
    }

    static LabeledImages Read(Func<LabeledImages> read) => read() is { Images.IsInvalid: false } images
        ? images
        : throw new ArgumentException(
            "The setup returned images that were used and disposed already: read or make them anew in each call.");
}
