namespace Ensembles;

/// <summary>What a tensor takes that a file announces, before anything is made for it.</summary>
static class TensorSize
{
    /// <summary>libtorch computes with no more dimensions.</summary>
    const int MostDimensions = 64;

    /// <summary>The bytes of a tensor.</summary>
    /// <param name="name">Its name, for messages.</param>
    /// <param name="shape">The shape that the file announces.</param>
    /// <param name="elementSize">The bytes of an element.</param>
    /// <exception cref="InvalidDataException">A shape that no tensor has.</exception>
    /// <exception cref="OverflowException">No memory has so many bytes.</exception>
    public static long Bytes(string name, IReadOnlyList<long> shape, int elementSize)
    {
        if (shape.Count > MostDimensions)
            throw new InvalidDataException($"{name} has {shape.Count} dimensions");
        if (shape.Any(n => n < 0))
            throw new InvalidDataException($"{name} has the shape [{string.Join(", ", shape)}]");

        // Where one dimension is 0 libtorch still multiplies the others, for the strides.
        var longest = shape.Aggregate((long)elementSize, (product, n) => checked(product * Math.Max(n, 1)));
        return shape.Contains(0) ? 0 : longest;
    }

    /// <summary>Throws where tensors take more memory than there is.</summary>
    /// <exception cref="InvalidDataException">They do.</exception>
    public static void ThrowIfMoreThanMemory(long bytes)
    {
        var memory = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        if (bytes > memory)
            throw new InvalidDataException($"its tensors take {bytes} bytes, and this process can have {memory}");
    }
}
