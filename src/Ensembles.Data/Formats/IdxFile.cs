using System.Buffers.Binary;

namespace Ensembles.Data;

/// <summary>One file in the IDX format: its header is read and compared before anything else is.</summary>
sealed class IdxFile : IDisposable
{
    public const int ImageMagic = 0x00000803, LabelMagic = 0x00000801;

    readonly string path;
    readonly string kind;
    readonly Stream stream;
    readonly decimal size;

    /// <exception cref="DatasetException">It is missing, of another kind, or its header is damaged.</exception>
    public IdxFile(string path, int magic, int rank, string kind)
    {
        (this.path, this.kind) = (path, kind);
        Dimensions = new int[rank];
        stream = DataFile.Open(path);
        try
        {
            var header = DataFile.Guard(path, () => DataFile.ReadUpTo(stream, 4 * (1 + rank)));
            size = ReadHeader(header, magic);
            if (stream is FileStream { Length: var length } && length - header.Length != size)
                throw WrongSize($"{length - header.Length}", isShort: length - header.Length < size);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    public int[] Dimensions { get; }

    /// <summary>The bytes behind the header, as many as it promises.</summary>
    public byte[] Content()
    {
        var content = DataFile.Guard(path, () => DataFile.ReadUpTo(stream, (long)Math.Min(size, int.MaxValue) + 1));
        return content.Length == size
            ? content
            : throw WrongSize(content.Length > size ? "more" : $"{content.Length}", isShort: content.Length < size);
    }

    public void Dispose() => stream.Dispose();

    decimal ReadHeader(byte[] header, int magic)
    {
        var found = header.Length < 4 ? magic : BinaryPrimitives.ReadInt32BigEndian(header);
        if (found != magic)
            throw new DatasetException(
                path,
                $"It is no IDX file of {kind}: it starts with 0x{found:X8}, not with 0x{magic:X8}. {Advice(found)}");

        var length = 4 * (1 + Dimensions.Length);
        if (header.Length < length)
            throw new DatasetException(
                path,
                $"It is cut off: {header.Length} bytes cannot hold an IDX header of {length}. Get the file again.");

        var product = 1m;
        for (var i = 0; i < Dimensions.Length; i++)
        {
            Dimensions[i] = BinaryPrimitives.ReadInt32BigEndian(header.AsSpan(4 + 4 * i));
            product *= Dimensions[i];
        }

        return Dimensions.All(d => d >= 0) ? product : throw WrongSize("no such number", isShort: false);
    }

    DatasetException WrongSize(string there, bool isShort) =>
        new(
            path,
            $"Its header promises {string.Join(" x ", Dimensions)} bytes of {kind}, but it has {there}. "
                + $"It is {(isShort ? "cut off" : "damaged")}: get the file again.");

    static string Advice(int found) => found switch
    {
        LabelMagic => "That is a file of labels: give the file of images here.",
        ImageMagic => "That is a file of images: give the file of labels here.",
        _ => "Get the file again, or give another.",
    };
}
