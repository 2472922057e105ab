using System.Buffers.Binary;
using System.IO.Compression;
using System.Net.Http.Headers;
using Serving;
using SkiaSharp;

namespace Ensembles.Serving.Tests;

/// <summary>Image files, and what only looks like them.</summary>
static class Files
{
    public static ByteArrayContent Of(byte[] body, string type)
    {
        var content = new ByteArrayContent(body);
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(type);
        return content;
    }

    /// <summary>A grey image of whole multiples of 1/255.</summary>
    public static byte[] Encode(float[] pixels, SKEncodedImageFormat format)
    {
        var side = (int)Math.Sqrt(pixels.Length);
        using var bitmap = new SKBitmap(side, side, SKColorType.Gray8, SKAlphaType.Opaque);
        for (var i = 0; i < pixels.Length; i++)
        {
            var grey = (byte)Math.Round(255 * pixels[i]);
            bitmap.SetPixel(i % side, i / side, new SKColor(grey, grey, grey));
        }

        using var data = bitmap.Encode(format, quality: 95);
        return data.ToArray();
    }

    /// <summary>A transparent image of the size that is served.</summary>
    public static byte[] Transparent()
    {
        using var bitmap = new SKBitmap(Model.Size, Model.Size, SKColorType.Rgba8888, SKAlphaType.Unpremul);
        bitmap.Erase(new SKColor(10, 20, 30, 40));
        using var data = bitmap.Encode(SKEncodedImageFormat.Png, quality: 100);
        return data.ToArray();
    }

    /// <summary>A PNG file whose header claims a size, with as many zeros behind it as are said.</summary>
    public static byte[] Png(int height, int width, int zeros, byte[]? profile = null)
    {
        var header = new byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), height);
        header[8] = 8;
        return
        [
            0x89, .. "PNG\r\n\x1a\n"u8, .. Chunk("IHDR"u8, header),
            .. profile is null ? [] : Chunk("iCCP"u8, [.. "p\0\0"u8, .. profile]),
            .. Chunk("IDAT"u8, Deflated(zeros)), .. Chunk("IEND"u8, []),
        ];
    }

    public static byte[] Deflated(int zeros)
    {
        using var result = new MemoryStream();
        using (var deflate = new ZLibStream(result, CompressionLevel.SmallestSize))
        {
            deflate.Write(new byte[zeros]);
        }

        return result.ToArray();
    }

    static byte[] Chunk(ReadOnlySpan<byte> type, ReadOnlySpan<byte> content)
    {
        var chunk = new byte[12 + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(chunk, content.Length);
        type.CopyTo(chunk.AsSpan(4));
        content.CopyTo(chunk.AsSpan(8));
        var crc = Crc(chunk.AsSpan(4, 4 + content.Length));
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(8 + content.Length), crc);
        return chunk;
    }

    static uint Crc(ReadOnlySpan<byte> bytes)
    {
        var crc = uint.MaxValue;
        foreach (var value in bytes)
        {
            crc ^= value;
            for (var bit = 0; bit < 8; bit++)
                crc = (crc >> 1) ^ (0xEDB88320 & (0 - (crc & 1)));
        }

        return ~crc;
    }
}
