using System.Globalization;

namespace Ensembles.Onnx;

/// <summary>Numbers of tensors in files beside the ONNX file: in its folder or below, and nowhere else.</summary>
/// <param name="folder">The folder of the ONNX file.</param>
sealed class ExternalData(string folder)
{
    readonly string root = Path.GetFullPath(folder);

    /// <summary>The bytes of a tensor.</summary>
    /// <param name="tensor">The tensor.</param>
    /// <param name="size">How many they are by its shape.</param>
    /// <exception cref="InvalidDataException">They are not there, or not where they may be.</exception>
    public byte[] Read(OnnxTensor tensor, long size)
    {
        var location = tensor.External.GetValueOrDefault("location", "");
        var (offset, length) = (NumberOf(tensor, "offset", 0), NumberOf(tensor, "length", size));
        if (length != size)
            throw new InvalidDataException(
                $"{tensor.Name} takes {size} bytes, and {length} are said to be in {location}");
        try
        {
            using var stream = OrdinaryFile.Open(Inside(tensor.Name, location));
            if (offset < 0 || offset > stream.Length || size > stream.Length - offset)
                throw new InvalidDataException(
                    $"{tensor.Name} is said to be {size} bytes at {offset} of {location}, which has {stream.Length}");
            var bytes = new byte[size];
            stream.Position = offset;
            stream.ReadExactly(bytes);
            return bytes;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new InvalidDataException(
                $"{tensor.Name} is in the file {location} beside it, which cannot be read: {exception.Message}",
                exception);
        }
    }

    string Inside(string tensor, string location)
    {
        if (location.Length == 0 || location.Contains('\0') || Path.IsPathRooted(location) || location.Contains('\\'))
            throw Outside(tensor, location);
        var path = Path.GetFullPath(Path.Combine(root, location));
        var start = root.TrimEnd(Path.DirectorySeparatorChar) + Path.DirectorySeparatorChar;
        if (!path.StartsWith(start, StringComparison.Ordinal))
            throw Outside(tensor, location);
        // A link on the way may lead anywhere.
        for (var part = path; part.Length > start.Length; part = Path.GetDirectoryName(part)!)
        {
            if (new FileInfo(part).LinkTarget is not null)
                throw Outside(tensor, location);
        }

        return path;
    }

    static InvalidDataException Outside(string tensor, string location) => new(
        $"{tensor} is said to be in the file \"{location}\": numbers are read from the file's own folder alone, and "
            + "not through links");

    static long NumberOf(OnnxTensor tensor, string key, long otherwise) =>
        !tensor.External.TryGetValue(key, out var text) ? otherwise
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw new InvalidDataException($"{tensor.Name} has the {key} \"{text}\"");
}
