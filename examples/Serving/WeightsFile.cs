using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Ensembles;
using static TorchSharp.torch;

namespace Serving;

/// <summary>
/// A trained ensemble in one safetensors file: weights, the thresholds of its gates, and what they belong to.
/// </summary>
static class WeightsFile
{
    const string Declaration = "declaration", Checksum = "sha256";

    /// <summary>Saves an ensemble, whole or not at all.</summary>
    /// <returns>The checksum of its weights.</returns>
    public static string Save(Ensemble ensemble, string path)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var checksum = ChecksumOf(ensemble);
        Checkpoint.Save(ensemble, path, new Dictionary<string, string>
        {
            [Declaration] = JsonSerializer.Serialize(ensemble.Declaration),
            [Checksum] = checksum,
        });
        return checksum;
    }

    /// <summary>Loads the weights of an ensemble that is declared as the saved one was.</summary>
    /// <returns>The checksum of its weights.</returns>
    /// <exception cref="InvalidDataException">The file is damaged, or belongs to another declaration.</exception>
    public static string Load(Ensemble ensemble, string path)
    {
        var metadata = Checkpoint.Load(ensemble, path);
        if (metadata.GetValueOrDefault(Declaration) != JsonSerializer.Serialize(ensemble.Declaration))
            throw new InvalidDataException(
                $"{path} holds the weights of another declaration than {ensemble.Declaration.Name}'s. Name the file "
                    + "that belongs to it, or remove this one to train anew.");
        var checksum = ChecksumOf(ensemble);
        if (metadata.GetValueOrDefault(Checksum) != checksum)
            throw new InvalidDataException(
                $"{path} is damaged: its weights have another checksum than when they were saved. Copy the file "
                    + "again, or remove it to train anew.");
        return checksum;
    }

    /// <summary>SHA-256 of the names and bytes of all weights and buffers, in lower-case digits.</summary>
    static string ChecksumOf(Ensemble ensemble)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, tensor) in ensemble.state_dict().OrderBy(entry => entry.Key, StringComparer.Ordinal))
        {
            using var scope = NewDisposeScope();
            hash.AppendData(Encoding.UTF8.GetBytes(name));
            if (tensor.numel() > 0)
                hash.AppendData(tensor.detach().cpu().contiguous().bytes);
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}
