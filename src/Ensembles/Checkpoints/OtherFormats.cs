using System.IO.Compression;

namespace Ensembles;

/// <summary>Recognises what is often given in place of a safetensors file, and says how to come by one.</summary>
static class OtherFormats
{
    const int HeadBytes = 512;
    const string Script = "torch.jit.load(source, map_location=\"cpu\").state_dict()";
    const string Load = "torch.load(source, map_location=\"cpu\", weights_only=True)";

    /// <summary>What the file is and what to do; null when it is nothing known.</summary>
    /// <param name="path">The file, for the commands that convert it.</param>
    /// <param name="stream">Its content; the position changes.</param>
    public static string? Recognise(string path, FileStream stream)
    {
        stream.Position = 0;
        var bytes = new byte[HeadBytes];
        ReadOnlySpan<byte> head =
            bytes.AsSpan(0, stream.ReadAtLeast(bytes, HeadBytes, throwOnEndOfStream: false));
        // Its header, which may be damaged.
        if (head.Length > 8 && head[8] == '{')
            return null;
        if (head.StartsWith("PK\u0003\u0004"u8))
            return OfZip(path, stream);

        // A pickle begins with its protocol; older files of torch.save are pickles or tar archives of them.
        if (head is [0x80, >= 2 and <= 5, not 0, ..]
            || head.StartsWith("sys_info\0"u8)
            || head.StartsWith("storages\0"u8))
            return "a pickle, as torch.save wrote it in the past." + Conversion(path, Load);
        if (head is [0x89, (byte)'H', (byte)'D', (byte)'F', ..])
            return "an HDF5 file, as Keras writes it. Save its weights with Python's safetensors.";
        if (head is [0x93, (byte)'N', (byte)'U', (byte)'M', ..])
            return "a NumPy array. Save it with Python's safetensors.numpy.save_file.";
        if (head.StartsWith("GGUF"u8))
            return "a GGUF file, whose weights may be quantised. Get the safetensors file of the same model.";
        if (head.StartsWith("version https://git-lfs"u8))
            return "a pointer of Git LFS, in place of the file itself. Run git lfs pull.";
        if (head is [0x1F, 0x8B, ..])
            return "packed with gzip. Unpack it with gunzip.";
        // Behind a mark of the byte order and white space.
        ReadOnlySpan<byte> blank = [0xEF, 0xBB, 0xBF, (byte)' ', (byte)'\t', (byte)'\r', (byte)'\n'];
        var start = head.IndexOfAnyExcept(blank);
        var text = head[Math.Max(start, 0)..];
        if (text.StartsWith("<"u8))
            return "a page of HTML or XML, as servers send it in place of a file. Download the file again.";
        return text.StartsWith("{"u8)
            ? "JSON, maybe the index of a model in several parts. Name one of the safetensors files."
            : null;
    }

    static string OfZip(string path, FileStream stream)
    {
        string[] names;
        try
        {
            stream.Position = 0;
            using var zip = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            names = [.. zip.Entries.Take(1000).Select(entry => entry.FullName)];
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ArgumentException
            or NotSupportedException or OverflowException)
        {
            return "a zip archive that is cut off or damaged, maybe one of PyTorch's. Get it again.";
        }

        bool Has(string end) => names.Any(name => name.EndsWith(end, StringComparison.Ordinal));
        return Has("constants.pkl") ? "a TorchScript module." + Conversion(path, Script)
            : Has("data.pkl") ? "a PyTorch file, as torch.save writes it." + Conversion(path, Load)
            : Has(".npy") ? "an archive of NumPy arrays. Save them with Python's safetensors.numpy.save_file."
            : "a zip archive. Unpack it and name the file in it.";
    }

    /// <summary>
    /// The three lines that convert a file. <c>save_file</c> refuses tensors that share memory, and views.
    /// </summary>
    static string Conversion(string path, string load)
    {
        static string Quoted(string name) => "\"" + name.Replace("\\", "\\\\").Replace("\"", "\\\"") + "\"";
        var converted = Quoted(Path.ChangeExtension(path, ".safetensors"));
        return $$"""
             Its weights are safe. Three lines of Python convert it:

                import torch, safetensors.torch
                weights = {{load.Replace("source", Quoted(path))}}
                safetensors.torch.save_file({k: v.clone().contiguous() for k, v in weights.items()}, {{converted}})

            Then name the new file. Where weights lie deeper in it, as in weights["state_dict"], take them from there.
            """;
    }
}
