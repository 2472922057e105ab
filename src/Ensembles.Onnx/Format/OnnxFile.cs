namespace Ensembles.Onnx;

/// <summary>An ONNX file, read whole. Nothing in it is believed before it agrees with the file's own length.</summary>
/// <param name="Path">Where it was read from.</param>
/// <param name="Model">What it holds.</param>
sealed record OnnxFile(string Path, OnnxModel Model)
{
    /// <summary>The wire format itself allows no more.</summary>
    const long LongestFile = int.MaxValue - 64;

    /// <summary>Reads a file.</summary>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="InvalidDataException">It is no ONNX file, or a damaged one; the message names it.</exception>
    public static OnnxFile Read(string path)
    {
        try
        {
            using var stream = OrdinaryFile.Open(path);
            if (stream.Length > LongestFile)
                throw new InvalidDataException(
                    $"it has {stream.Length} bytes, and an ONNX file at most {LongestFile}: larger networks keep their "
                        + "weights in a file beside it");
            var bytes = new byte[stream.Length];
            stream.ReadExactly(bytes);
            var model = OnnxModel.Read(bytes);
            return model.HasGraph
                ? new(path, model)
                : throw new InvalidDataException("it has no graph");
        }
        catch (DirectoryNotFoundException exception)
        {
            throw new FileNotFoundException($"There is no file {path}.", path, exception);
        }
        catch (Exception exception) when (exception is InvalidDataException or EndOfStreamException)
        {
            throw Wrong(path, exception, " Where it was cut off on its way here, get it again.");
        }
    }

    /// <summary>What is wrong with a file, in one wording.</summary>
    /// <param name="path">The file.</param>
    /// <param name="exception">What was found.</param>
    /// <param name="advice">A sentence more, after a space; empty where the file itself is whole.</param>
    public static InvalidDataException Wrong(string path, Exception exception, string advice = "") => new(
        $"{path} is not an ONNX file that can be read here: {exception.Message.TrimEnd('.')}.{advice} "
            + "torch.onnx.export writes one of a network in PyTorch.",
        exception);
}
