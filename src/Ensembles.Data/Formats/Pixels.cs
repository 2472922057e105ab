using System.Runtime.ExceptionServices;
using static TorchSharp.torch;

namespace Ensembles.Data;

/// <summary>Writes the bytes of an image, channel by channel and row by row, to <paramref name="target"/>.</summary>
delegate void PixelWriter(int index, Span<byte> target);

/// <summary>Turns bytes into images in [0, 1].</summary>
static class Pixels
{
    const int ChunkBytes = 1 << 26;

    /// <summary>Images of bytes over 255, float32 [labels, channels, height, width]; written in parallel.</summary>
    /// <exception cref="DatasetException">They need more memory than there is; it names the source.</exception>
    public static LabeledImages ToImages(
        string source,
        IReadOnlyList<int> labels,
        int classCount,
        int channels,
        int height,
        int width,
        PixelWriter write)
    {
        using var scope = NewDisposeScope();
        var images = ToTensor(source, labels.Count, channels, height, width, write);
        return new LabeledImages(images, tensor(labels.Select(label => (long)label).ToArray()), classCount);
    }

    static Tensor ToTensor(string source, int count, int channels, int height, int width, PixelWriter write)
    {
        using var scope = NewDisposeScope();
        var size = channels * height * width;
        ThrowIfTooLarge(source, count, size);

        // A chunk at a time: the bytes of all images at once may be more than an array holds, and would be held beside
        // the tensor. Which there is only once the first chunk has shown that its images can be read.
        Tensor? images = null;
        var chunk = Math.Max(1, Math.Min(ChunkBytes / size, count));
        var bytes = new byte[chunk * size];
        for (var start = 0; start < count; start += chunk)
        {
            var (first, length) = (start, Math.Min(chunk, count - start));
            InParallel(length, i => write(first + i, bytes.AsSpan(i * size, size)));
            images ??= empty(count, channels, height, width, dtype: ScalarType.Float32);
            using var part = tensor(bytes, [chunk, channels, height, width]);
            using var values = part.narrow(0, 0, length).to_type(ScalarType.Float32).div(255);
            images.narrow(0, first, length).copy_(values);
        }

        return (images ?? empty(0, channels, height, width)).MoveToOuterDisposeScope();
    }

    static void ThrowIfTooLarge(string source, int count, int size)
    {
        const double Gigabyte = 1e9;
        var (needed, there) = (4.0 * count * size, (double)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
        if (needed > there)
            throw new DatasetException(
                source,
                FormattableString.Invariant($"Its {count} images take {needed / Gigabyte:0.0} GB as float32, and this ")
                    + FormattableString.Invariant($"process can have {there / Gigabyte:0.0} GB. Load fewer, ")
                    + "with a limit or in parts, or scale them down.");
    }

    /// <summary>Like <see cref="Parallel.For(int, int, Action{int})"/>, but throws what the body threw.</summary>
    static void InParallel(int count, Action<int> body)
    {
        try
        {
            Parallel.For(0, count, body);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }
}
