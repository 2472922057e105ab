using System.Text;

namespace Ensembles.Data;

/// <summary>
/// The blocks of a tar archive on their way to .NET's reader, which holds in memory whatever length the header of a
/// long name or of extended attributes claims, and takes the end of a file for the end of the archive.
/// </summary>
sealed class TarBlocks(Stream stream) : Stream
{
    const int BlockBytes = 512, TypeAt = 156, SizeAt = 124, ChecksumAt = 148, ChecksumBytes = 8;

    /// <summary>Names, and what packers write beside them, are shorter.</summary>
    const long LongestExtension = 1 << 20;

    /// <summary>Packers fill up their last record with zeros; records are no longer.</summary>
    const int LongestRecord = 1 << 24;

    bool ended;

    public override bool CanRead => true;

    /// <summary>A reader that can seek passes over the content of files that are not there.</summary>
    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>
    /// Reads on to the end, after the reader has seen the archive's last entry. Whether its end was marked, and is
    /// followed by nothing but zeros.
    /// </summary>
    public bool EndInZeros()
    {
        if (ended)
            return false;
        var block = new byte[BlockBytes];
        for (var read = 0; read < LongestRecord; read += BlockBytes)
        {
            var length = stream.ReadAtLeast(block, BlockBytes, throwOnEndOfStream: false);
            if (block.AsSpan(0, length).ContainsAnyExcept((byte)0))
                return false;
            if (length < BlockBytes)
                return length == 0;
        }

        return false;
    }

    public override int Read(Span<byte> buffer)
    {
        var length = stream.ReadAtLeast(buffer, buffer.Length, throwOnEndOfStream: false);
        ended |= length < buffer.Length;
        if (length == BlockBytes && IsHeaderOfExtension(buffer) && SizeOf(buffer) is not (>= 0 and <= LongestExtension))
            throw new InvalidDataException("A name or an attribute in it claims to be longer than any is.");
        return length;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Long names and links of GNU's tar (L, K), extended attributes of POSIX (x, g).</summary>
    static bool IsHeaderOfExtension(ReadOnlySpan<byte> block)
    {
        if (block[TypeAt] is not ((byte)'L' or (byte)'K' or (byte)'x' or (byte)'g'))
            return false;
        var sum = ChecksumBytes * ' ';
        foreach (var value in block[..ChecksumAt])
            sum += value;
        foreach (var value in block[(ChecksumAt + ChecksumBytes)..])
            sum += value;
        return Octal(block.Slice(ChecksumAt, ChecksumBytes)) == sum;
    }

    /// <summary>Null where it is no octal number: such sizes are larger than octal digits can say.</summary>
    static long? SizeOf(ReadOnlySpan<byte> block) => Octal(block.Slice(SizeAt, 12));

    static long? Octal(ReadOnlySpan<byte> field)
    {
        var value = 0L;
        foreach (var digit in Encoding.ASCII.GetString(field).Trim('\0', ' '))
        {
            if (digit is < '0' or > '7')
                return null;
            value = 8 * value + digit - '0';
        }

        return value;
    }
}
