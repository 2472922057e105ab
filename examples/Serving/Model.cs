using Ensembles;
using Ensembles.Data;
using Ensembles.Onnx;
using Ensembles.Training;

namespace Serving;

/// <summary>The ensemble as it is served: compiled, with the names of what it says.</summary>
sealed class Model : IDisposable
{
    /// <summary>Height and width of an image, in pixels.</summary>
    public const int Size = TextureShapes.Size;

    Model(Guarded ensemble, string weights)
    {
        Weights = weights;
        Gates = [.. ensemble.Declaration.AllGates.Select(gate => gate.Name)];
        Members = [.. ensemble.Declaration.AllMembers.Select(member => member.Name)];
        Plan = ensemble.Compile(new CompileOptions(1, Size, Size) { Engine = new OnnxEngine() });
    }

    /// <summary>Decides; any thread may call it.</summary>
    public CompiledEnsemble Plan { get; }

    /// <summary>Names of the classes, by label.</summary>
    public IReadOnlyList<string> Classes { get; } = TextureShapes.ClassNames;

    /// <summary>Names of the gates, by the order of their scores.</summary>
    public IReadOnlyList<string> Gates { get; }

    /// <summary>Names of the members that vote.</summary>
    public IReadOnlyList<string> Members { get; }

    /// <summary>The checksum of its weights.</summary>
    public string Weights { get; }

    /// <summary>Loads the weights of a file, or trains them and writes it where there is none.</summary>
    /// <exception cref="InvalidDataException">The file is damaged, or of another declaration.</exception>
    /// <exception cref="OperationCanceledException">Training was cancelled; nothing was written.</exception>
    public static Model Load(string path, CancellationToken cancellation)
    {
        using var ensemble = Guarded.Create();
        var weights = File.Exists(path) ? WeightsFile.Load(ensemble, path) : Train(ensemble, path, cancellation);
        ensemble.eval();
        return new(ensemble, weights);
    }

    public void Dispose() => Plan.Dispose();

    static string Train(Guarded ensemble, string path, CancellationToken cancellation)
    {
        var data = new TextureShapes();
        using var training = data.Generate(3000, seed: 1);
        using var validation = data.Generate(500, seed: 2);
        ensemble.Train(training, new TrainingOptions { Epochs = 3, Cancellation = cancellation });
        ensemble.CalibrateGates(validation.Images);
        return WeightsFile.Save(ensemble, path);
    }
}
