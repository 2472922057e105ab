namespace Ensembles.Data;

/// <summary>
/// A dataset cannot be had: a file or folder is missing, damaged or of another kind, or a download failed. The message
/// names the file, says what is wrong with it and what to do.
/// </summary>
public sealed class DatasetException : IOException
{
    /// <summary>Creates the exception.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="problem">What is wrong with it and what to do, in whole sentences.</param>
    /// <param name="innerException">What was caught, if anything.</param>
    public DatasetException(string path, string problem, Exception? innerException = null)
        : base($"{path}: {problem}", innerException) => Path = path;

    /// <summary>The file or folder.</summary>
    public string Path { get; }
}
