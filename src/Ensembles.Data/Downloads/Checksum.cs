using System.IO.Compression;
using System.Security.Cryptography;

namespace Ensembles.Data;

/// <summary>Compares a file with its published checksum.</summary>
static class Checksum
{
    public static async Task<bool> IsRightAsync(string path, RemoteFile file, CancellationToken cancellation)
    {
        try
        {
            using var stream = File.OpenRead(path);
            using var content = file.ChecksumIsOfUnpacked
                ? new GZipStream(stream, CompressionMode.Decompress)
                : (Stream)stream;
            var hash = await SHA256.HashDataAsync(content, cancellation).ConfigureAwait(false);
            return string.Equals(Convert.ToHexString(hash), file.Sha256, StringComparison.OrdinalIgnoreCase);
        }
        catch (InvalidDataException)
        {
            // Not what gzip packed, so not the file either.
            return false;
        }
    }
}
