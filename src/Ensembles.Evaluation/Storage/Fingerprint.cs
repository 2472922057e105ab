using System.Security.Cryptography;
using System.Text;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// Hashes of what a stored result depends on: a result for another model, threat or budget is never mistaken for this
/// one.
/// </summary>
static class Fingerprint
{
    /// <summary>SHA-256 of words.</summary>
    public static string OfWords(params ReadOnlySpan<string> words)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var word in words)
            Append(hash, word);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>SHA-256 of images and labels.</summary>
    public static string OfImages(LabeledImages images)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, images.Images);
        Append(hash, images.Labels);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>SHA-256 of tensors and their names.</summary>
    public static string OfTensors(IReadOnlyDictionary<string, Tensor> tensors)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var (name, tensor) in tensors.OrderBy(t => t.Key, StringComparer.Ordinal))
            Append(hash, name, tensor);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>
    /// SHA-256 of a defense: its modules' types, parameters and buffers, and its output for the first images under a
    /// fixed seed, which also depends on what is in no parameter (a threshold in a field, the order of members, the
    /// voting rule).
    /// </summary>
    public static string OfDefense(AttackSurface surface, Tensor images)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (var module in surface.Modules.Distinct())
        {
            Append(hash, module.GetType().FullName ?? module.GetName());
            foreach (var (name, parameter) in module.named_parameters(recurse: false))
                Append(hash, name, parameter);
            foreach (var (name, buffer) in module.named_buffers(recurse: false))
                Append(hash, name, buffer);
        }

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        random.manual_seed(0);
        using var output = surface.Evaluate(images.narrow(0, 0, Math.Min(8, images.size(0))), draws: 1);
        Tensor[] said =
        [
            output.MemberLogits, output.Scores, output.Labels, output.GateScores, output.GateThresholds,
            .. output.GuardedVotes is { } guarded ? (Tensor[])[guarded] : [],
        ];
        foreach (var tensor in said)
            Append(hash, tensor);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    static void Append(IncrementalHash hash, string name, Tensor tensor)
    {
        Append(hash, name);
        Append(hash, tensor);
    }

    /// <summary>How many of the images are also, pixel for pixel, among others.</summary>
    public static int CountShared(Tensor others, Tensor images)
    {
        var known = Each(others).ToHashSet();
        return Each(images).Count(known.Contains);
    }

    static IEnumerable<string> Each(Tensor images)
    {
        for (var i = 0; i < images.size(0); i++)
        {
            using var scope = NewDisposeScope();
            yield return Convert.ToHexString(SHA256.HashData(images[i].detach().cpu().contiguous().bytes));
        }
    }

    static void Append(IncrementalHash hash, string word)
    {
        hash.AppendData(Encoding.UTF8.GetBytes(word));
        hash.AppendData([0]);
    }

    static void Append(IncrementalHash hash, Tensor tensor)
    {
        using var scope = NewDisposeScope();
        Append(hash, $"{tensor.dtype}[{string.Join(",", tensor.shape)}]");
        if (tensor.numel() > 0)
            hash.AppendData(tensor.detach().cpu().contiguous().bytes);
    }
}
