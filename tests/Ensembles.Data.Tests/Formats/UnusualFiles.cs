using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;

namespace Ensembles.Data.Tests;

/// <summary>Makes files by hand that no encoder here writes.</summary>
static class UnusualFiles
{
    /// <summary>A 24-bit BMP of one colour.</summary>
    public static byte[] Bmp(byte red, byte green, byte blue, int width = 4, int height = 3)
    {
        var row = (3 * width + 3) / 4 * 4;
        var bytes = new byte[54 + row * height];
        "BM"u8.CopyTo(bytes);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(2), bytes.Length);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(10), 54);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(14), 40);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(18), width);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(22), height);
        bytes[26] = 1;
        bytes[28] = 24;
        for (var y = 0; y < height; y++)
        {
            for (var x = 0; x < width; x++)
                ((ReadOnlySpan<byte>)[blue, green, red]).CopyTo(bytes.AsSpan(54 + y * row + 3 * x));
        }

        return bytes;
    }

    /// <summary>A GIF of 1x1 pixels, with as many frames.</summary>
    public static byte[] Gif(byte red, byte green, byte blue, int frames = 1)
    {
        byte[] delay = [0x21, 0xF9, 4, 0, 10, 0, 0, 0];
        byte[] frame = [.. delay, 0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0];
        return
        [
            .. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, red, green, blue, 0, 0, 0,
            .. Enumerable.Repeat(frame, frames).SelectMany(f => f), 0x3B,
        ];
    }

    /// <summary>A JPEG with an EXIF segment that holds nothing but the orientation.</summary>
    public static byte[] WithOrientation(byte[] jpeg, byte orientation)
    {
        byte[] tag = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0];
        byte[] tiff = [.. "MM"u8, 0, 42, 0, 0, 0, 8, 0, 1, .. tag, 0, 0, 0, 0];
        byte[] exif = [.. "Exif"u8, 0, 0, .. tiff];
        return [0xFF, 0xD8, 0xFF, 0xE1, 0, (byte)(exif.Length + 2), .. exif, .. jpeg[2..]];
    }

    /// <summary>A PNG whose header claims another size, with the checksum that belongs to it.</summary>
    public static byte[] Claiming(byte[] png, int width, int height)
    {
        var bytes = (byte[])png.Clone();
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(16), width);
        BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(20), height);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(29), Crc(bytes.AsSpan(12, 17)));
        return bytes;
    }

    /// <summary>The header of a tar entry whose 12 bytes of size are given, with its checksum.</summary>
    public static byte[] TarHeader(string name, char type, byte[] size)
    {
        var block = new byte[512];
        Encoding.ASCII.GetBytes(name).CopyTo(block, 0);
        "0000644\0"u8.CopyTo(block.AsSpan(100));
        size.CopyTo(block, 124);
        "00000000000\0"u8.CopyTo(block.AsSpan(136));
        block[156] = (byte)type;
        "ustar\000"u8.CopyTo(block.AsSpan(257));
        block.AsSpan(148, 8).Fill((byte)' ');
        var sum = block.Sum(b => b);
        Encoding.ASCII.GetBytes(Convert.ToString(sum, 8).PadLeft(6, '0') + "\0 ").CopyTo(block, 148);
        return block;
    }

    /// <summary>A named pipe, which nobody writes to.</summary>
    public static void Pipe(string path)
    {
        using var process = Process.Start("mkfifo", path);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }

    static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320);
        }

        return ~crc;
    }
}
