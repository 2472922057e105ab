using System.IO.Compression;

namespace Ensembles.Data;

/// <summary>Reads files, gzipped or not; whatever goes wrong becomes a <see cref="DatasetException"/>.</summary>
static class DataFile
{
    const int FirstRead = 1 << 16;

    /// <summary>Opens a file, unpacking it when it starts with gzip's magic bytes, whatever its name.</summary>
    public static Stream Open(string path)
    {
        FileStream file;
        try
        {
            file = OrdinaryFile.Open(path);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new DatasetException(path, "There is no such file. Correct the path, or put the file there.", e);
        }
        catch (InvalidDataException e)
        {
            throw new DatasetException(path, $"{e.Message} Correct the path, or get the file again.", e);
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

    /// <summary>The whole content, unpacked; one that is longer is refused without being held in memory.</summary>
    public static byte[] ReadAll(string path, int longest) => Read(path, stream =>
    {
        if (stream is FileStream { Length: var length } && length > longest)
            throw new DatasetException(path, TooLong(length, longest));
        var content = ReadUpTo(stream, longest + 1L);
        return content.Length <= longest
            ? content
            : throw new DatasetException(path, TooLong(content.Length, longest));
    });

    /// <summary>What a message says of a file that no reader here expects to be that long.</summary>
    public static string TooLong(long length, int longest) =>
        $"It has {length} bytes or more, and what is read here has at most {longest}. Give another file.";

    /// <summary>
    /// The next bytes of a stream, as many as there are. What a header promises is not held in memory before it has
    /// come.
    /// </summary>
    public static byte[] ReadUpTo(Stream stream, long count)
    {
        count = Math.Min(count, Array.MaxLength);
        var bytes = new byte[Math.Min(count, FirstRead)];
        var length = 0;
        while (true)
        {
            length += stream.ReadAtLeast(bytes.AsSpan(length), bytes.Length - length, throwOnEndOfStream: false);
            if (length < bytes.Length || length == count)
                break;
            Array.Resize(ref bytes, (int)Math.Min(count, 2L * length));
        }

        if (length < bytes.Length)
            Array.Resize(ref bytes, length);
        return bytes;
    }

    /// <summary>Reads a file; an unpacker or a reader that fails means the file is damaged.</summary>
    public static T Read<T>(string path, Func<Stream, T> read)
    {
        using var stream = Open(path);
        return Guard(path, () => read(stream));
    }

    /// <summary>
    /// Reads from a file that is open. The readers of .NET trust what they read: a time or a size that no calendar and
    /// no memory holds is an overflow or an argument out of its range to them.
    /// </summary>
    public static T Guard<T>(string path, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or FormatException
            or OverflowException or ArgumentException or NotSupportedException)
        {
            throw new DatasetException(path, $"It is damaged or cut off: {e.Message} Get the file again.", e);
        }
        catch (IOException e) when (e is not DatasetException)
        {
            throw new DatasetException(path, $"It cannot be read: {e.Message}", e);
        }
    }
}
