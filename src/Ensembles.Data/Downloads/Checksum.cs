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
            using var stream = OrdinaryFile.Open(path);
            using var content = file.ChecksumIsOfUnpacked
                ? new GZipStream(stream, CompressionMode.Decompress)
                : (Stream)stream;
            var hash = await SHA256.HashDataAsync(content, cancellation).ConfigureAwait(false);
            return string.Equals(Convert.ToHexString(hash), file.Sha256, StringComparison.OrdinalIgnoreCase);
        }
        catch (InvalidDataException)
        {
            // Not what gzip packed, or no file at all but a named pipe: not the file expected either.
            return false;
        }
    }
}
