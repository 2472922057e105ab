using System.IO.Compression;

namespace Ensembles.Data;

/// <summary>Reads files, gzipped or not; whatever goes wrong becomes a <see cref="DatasetException"/>.</summary>
static class DataFile
{
    /// <summary>Opens a file, unpacking it when it starts with gzip's magic bytes, whatever its name.</summary>
    public static Stream Open(string path)
    {
        FileStream file;
        try
        {
            file = File.OpenRead(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DatasetException(path, "There is no such file. Correct the path, or put the file there.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new DatasetException(path, $"It cannot be opened: {e.Message} Check its permissions.", e);
        }

        Span<byte> magic = stackalloc byte[2];
        var isGzip = file.ReadAtLeast(magic, 2, throwOnEndOfStream: false) == 2 && magic is [0x1F, 0x8B];
        file.Position = 0;
        return isGzip ? new GZipStream(file, CompressionMode.Decompress) : file;
    }

    /// <summary>The whole content, unpacked.</summary>
    public static byte[] ReadAll(string path) => Read(path, stream =>
    {
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    });

    /// <summary>Reads a file; an unpacker or a reader that fails means the file is damaged.</summary>
    public static T Read<T>(string path, Func<Stream, T> read)
    {
        using var stream = Open(path);
        try
        {
            return read(stream);
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new DatasetException(path, $"It is damaged or cut off: {e.Message} Get the file again.", e);
        }
        catch (IOException e) when (e is not DatasetException)
        {
            throw new DatasetException(path, $"It cannot be read: {e.Message}", e);
        }
    }
}
