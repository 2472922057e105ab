namespace Ensembles.Data;

/// <summary>CIFAR-10 (Krizhevsky 2009): 50,000 training and 10,000 test images, ten classes, 32x32 in colour.</summary>
public static class Cifar10
{
    const int Channels = 3, Side = 32, ImageBytes = Channels * Side * Side, RecordBytes = 1 + ImageBytes;

    /// <summary>The published batches have 10,000 records.</summary>
    const int LongestBatch = 80_000 * RecordBytes;

    /// <summary>Names of the ten classes, by label.</summary>
    public static IReadOnlyList<string> ClassNames { get; } =
        ["airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"];

    /// <summary>Loads images, float32 [N, 3, 32, 32] in [0, 1].</summary>
    /// <param name="path">
    /// A folder or a tar archive (gzipped or not) that holds either the binary version, <c>data_batch_1.bin</c> to
    /// <c>data_batch_5.bin</c> and <c>test_batch.bin</c>, or class folders, <c>train/airplane/0000.jpg</c> and so on.
    /// </param>
    /// <param name="subset">Training or test images.</param>
    /// <param name="limit">How many images; null for all.</param>
    /// <exception cref="DatasetException">
    /// Files are missing or damaged, or are CIFAR-10's for Python or CIFAR-100's.
    /// </exception>
    public static LabeledImages Load(string path, Subset subset, Limit? limit = null)
    {
        if (File.Exists(path) && CifarRelatives.RecogniseFile(Path.GetFileName(path)) is { } file)
            throw new DatasetException(path, file);
        var tree = FileTree.Open(path);
        var batches = Batches(subset)
            .Select(batch => tree.Names.FirstOrDefault(name => Path.GetFileName(name) == batch))
            .ToList();
        if (!batches.TrueForAll(batch => batch is null))
            return LoadBinary(tree, subset, batches, limit);
        if (CifarRelatives.Recognise(tree) is { } relative)
            throw new DatasetException(path, relative);
        return LoadClassFolders(tree, subset, limit);
    }

    static string[] Batches(Subset subset) =>
        subset == Subset.Test ? ["test_batch.bin"] : [.. Enumerable.Range(1, 5).Select(i => $"data_batch_{i}.bin")];

    static LabeledImages LoadClassFolders(FileTree tree, Subset subset, Limit? limit)
    {
        var images = ImageFolder.Load(tree, subset, Channels, limit);
        if (images.ClassCount == ClassNames.Count && images.Images.size(2) == Side && images.Images.size(3) == Side)
            return images;

        using (images)
            throw new DatasetException(
                tree.Path,
                $"It is not CIFAR-10: it has {images.ClassCount} classes of "
                    + $"{images.Images.size(2)}x{images.Images.size(3)} images. Load it with ImageFolder.");
    }

    /// <summary>Records of one byte for the label and 3072 for the pixels, channel by channel.</summary>
    static LabeledImages LoadBinary(FileTree tree, Subset subset, List<string?> batches, Limit? limit)
    {
        var missing = batches.IndexOf(null);
        if (missing >= 0)
            throw new DatasetException(tree.Path, $"It lacks {Batches(subset)[missing]}. Get the files again.");

        var contents = tree.Read(batches!, LongestBatch);
        var records = new List<(byte[] Batch, int Offset)>();
        foreach (var (batch, name) in contents.Zip(batches))
        {
            if (batch.Length == 0 || batch.Length % RecordBytes != 0)
                throw new DatasetException(
                    tree.FullName(name!),
                    $"Its {batch.Length} bytes are not whole records of {RecordBytes}. It is cut off, or of another "
                        + "data set: get the file again.");
            for (var offset = 0; offset < batch.Length; offset += RecordBytes)
            {
                if (batch[offset] >= ClassNames.Count)
                    throw new DatasetException(
                        tree.FullName(name!),
                        $"The label of record {offset / RecordBytes} is {batch[offset]}, but labels lie in [0, "
                            + $"{ClassNames.Count}). Get the file again.");
                records.Add((batch, offset));
            }
        }

        var labels = records.ConvertAll(record => (int)record.Batch[record.Offset]);
        var chosen = Limit.Choose(limit, labels);
        int[] chosenLabels = [.. chosen.Select(i => labels[i])];
        return Pixels.ToImages(tree.Path, chosenLabels, ClassNames.Count, Channels, Side, Side, (i, target) =>
        {
            var (batch, offset) = records[chosen[i]];
            batch.AsSpan(offset + 1, ImageBytes).CopyTo(target);
        });
    }
}
