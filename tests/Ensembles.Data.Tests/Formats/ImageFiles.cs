using System.Formats.Tar;
using SkiaSharp;

namespace Ensembles.Data.Tests;

/// <summary>Makes image files and archives of them.</summary>
static class ImageFiles
{
    /// <summary>An image of one colour.</summary>
    public static byte[] Png(
        byte red, byte green, byte blue, int width = 4, int height = 3,
        SKEncodedImageFormat format = SKEncodedImageFormat.Png)
    {
        using var bitmap = new SKBitmap(width, height);
        bitmap.Erase(new SKColor(red, green, blue));
        using var data = bitmap.Encode(format, 100);
        return data.ToArray();
    }

    public static byte[] Tar(params (string Name, byte[] Content)[] files)
    {
        using var memory = new MemoryStream();
        using (var tar = new TarWriter(memory, leaveOpen: true))
        {
            foreach (var (name, content) in files)
                tar.WriteEntry(
                    new UstarTarEntry(TarEntryType.RegularFile, name) { DataStream = new MemoryStream(content) });
        }

        return memory.ToArray();
    }
}
