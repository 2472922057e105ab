using System.Buffers.Binary;

namespace Ensembles.Data.Tests;

/// <summary>Writes IDX files as the format's description says, independently of the reader.</summary>
static class IdxFiles
{
    public static byte[] Make(int magic, int[] dimensions, byte[] content)
    {
        var bytes = new byte[4 + 4 * dimensions.Length + content.Length];
        BinaryPrimitives.WriteInt32BigEndian(bytes, magic);
        for (var i = 0; i < dimensions.Length; i++)
            BinaryPrimitives.WriteInt32BigEndian(bytes.AsSpan(4 + 4 * i), dimensions[i]);
        content.CopyTo(bytes, bytes.Length - content.Length);
        return bytes;
    }

    /// <summary>Images of 2x3 pixels whose bytes count up.</summary>
    public static byte[] Images(int count) =>
        Make(0x803, [count, 2, 3], [.. Enumerable.Range(0, count * 6).Select(i => (byte)i)]);

    public static byte[] Labels(params byte[] labels) => Make(0x801, [labels.Length], labels);
}
