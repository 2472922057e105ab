using SkiaSharp;

namespace Ensembles.Training.Tests.Streaming;

/// <summary>
/// Class folders of made photographs: each class has a colour, each image a size, a brightness and a bar of its own.
/// </summary>
sealed class ColouredFolders : IDisposable
{
    static readonly SKColor[] colours = [new(220, 40, 40), new(40, 200, 60), new(50, 60, 230)];

    public ColouredFolders(int count, int side)
    {
        var random = new Random(5);
        for (var i = 0; i < count; i++)
        {
            var file = System.IO.Path.Combine(Path, $"class{i % colours.Length}", $"{i:d3}.png");
            Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
            using var bitmap = new SKBitmap(side + random.Next(side / 2), side + random.Next(side / 2));
            var colour = colours[i % colours.Length];
            bitmap.Erase(colour);
            using var canvas = new SKCanvas(bitmap);
            using var paint = new SKPaint { Color = new SKColor((byte)random.Next(256), 128, (byte)random.Next(256)) };
            canvas.DrawRect(random.Next(side / 2), random.Next(side / 2), side / 4, side / 3, paint);
            canvas.Flush();
            using var data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
            File.WriteAllBytes(file, data.ToArray());
        }
    }

    public string Path { get; } = Directory.CreateTempSubdirectory("ensembles-").FullName;

    /// <summary>The first image's file.</summary>
    public string First => System.IO.Path.Combine(Path, "class0", "000.png");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
