using System.Buffers.Binary;
using System.Text;

namespace Ensembles.Onnx;

/// <summary>Writes the fields of one message in the wire format of Protocol Buffers.</summary>
sealed class WireWriter
{
    readonly MemoryStream stream = new();

    /// <summary>The message so far.</summary>
    public ReadOnlySpan<byte> Message => stream.GetBuffer().AsSpan(0, (int)stream.Length);

    /// <summary>A whole number.</summary>
    public void Int64(int field, long number)
    {
        Tag(field, 0);
        Varint((ulong)number);
    }

    /// <summary>A float32.</summary>
    public void Float(int field, float number)
    {
        Tag(field, 5);
        Span<byte> bytes = stackalloc byte[4];
        BinaryPrimitives.WriteSingleLittleEndian(bytes, number);
        stream.Write(bytes);
    }

    /// <summary>Bytes.</summary>
    public void Bytes(int field, ReadOnlySpan<byte> bytes)
    {
        Tag(field, 2);
        Varint((ulong)bytes.Length);
        stream.Write(bytes);
    }

    /// <summary>Text.</summary>
    public void Text(int field, string text) => Bytes(field, Encoding.UTF8.GetBytes(text));

    /// <summary>A message inside this one.</summary>
    public void Inner(int field, Action<WireWriter> write)
    {
        var inner = new WireWriter();
        write(inner);
        Bytes(field, inner.Message);
    }

    void Tag(int field, int type) => Varint(((ulong)field << 3) | (uint)type);

    void Varint(ulong number)
    {
        for (; number >= 0x80; number >>= 7)
            stream.WriteByte((byte)(number | 0x80));
        stream.WriteByte((byte)number);
    }
}
