namespace Ensembles.Data;

/// <summary>A published file: where to download it, and the checksum that tells it from any other.</summary>
/// <param name="Name">Its name on disk.</param>
/// <param name="Sha256">SHA-256 in hexadecimal digits.</param>
/// <param name="Mirrors">Addresses that serve it, tried in this order.</param>
public sealed record RemoteFile(string Name, string Sha256, IReadOnlyList<Uri> Mirrors)
{
    /// <summary>
    /// Whether <see cref="Sha256"/> is that of the content after unpacking with gzip: packers differ, the content does
    /// not.
    /// </summary>
    public bool ChecksumIsOfUnpacked { get; init; }
}

/// <summary>How far a download has come.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Bytes">Bytes that are here, those of an earlier attempt included.</param>
/// <param name="TotalBytes">The file's size, when the server says it.</param>
public readonly record struct DownloadProgress(string Name, long Bytes, long? TotalBytes);
