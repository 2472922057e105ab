using System.Buffers.Binary;
using System.Text;

namespace Ensembles.Onnx;

/// <summary>
/// Reads the fields of one message in the wire format of Protocol Buffers, and never beyond its last byte. Nothing is
/// copied but numbers and texts; what takes memory takes no more than the message's own bytes.
/// </summary>
/// <remarks>
/// A hand-written reader rather than Google.Protobuf: of a file that nobody vouches for it makes nothing but slices of
/// what was read, whatever lengths the file claims, so that limits are checked before anything is allocated; and
/// weights are not held twice.
/// </remarks>
/// <param name="message">The message's bytes.</param>
ref struct WireReader(ReadOnlyMemory<byte> message)
{
    const int LongestText = 4096;

    static readonly UTF8Encoding utf8 = new(false, throwOnInvalidBytes: true);

    int at;
    int type;

    /// <summary>The number of the field that is read next.</summary>
    public int Field { get; private set; }

    /// <summary>Goes to the next field; false at the end.</summary>
    /// <exception cref="InvalidDataException">The message is damaged.</exception>
    public bool Next()
    {
        if (at == message.Length)
            return false;
        var tag = Varint();
        (Field, type) = ((int)Math.Min(tag >> 3, int.MaxValue), (int)(tag & 7));
        if (Field == 0 || type is not (0 or 1 or 2 or 5))
            throw Damaged($"a field {Field} of wire type {type}");
        return true;
    }

    /// <summary>A whole number.</summary>
    public long Int64()
    {
        Expect(0);
        return (long)Varint();
    }

    /// <summary>A float32.</summary>
    public float Float()
    {
        Expect(5);
        return BinaryPrimitives.ReadSingleLittleEndian(Take(4).Span);
    }

    /// <summary>Bytes, or a message inside this one.</summary>
    public ReadOnlyMemory<byte> Bytes()
    {
        Expect(2);
        var length = Varint();
        return length > (ulong)(message.Length - at)
            ? throw Damaged($"{length} bytes where {message.Length - at} are left")
            : Take((int)length);
    }

    /// <summary>Text of at most 4096 bytes.</summary>
    public string Text()
    {
        var bytes = Bytes();
        if (bytes.Length > LongestText)
            throw Damaged($"a name of {bytes.Length} bytes");
        try
        {
            return utf8.GetString(bytes.Span);
        }
        catch (ArgumentException)
        {
            throw Damaged("text that is not UTF-8");
        }
    }

    /// <summary>Adds whole numbers: one of a repeated field, or all of a packed one.</summary>
    public void AddTo(List<long> numbers)
    {
        if (type == 0)
        {
            numbers.Add((long)Varint());
            return;
        }

        var packed = new WireReader(Bytes());
        while (packed.HasMore)
            numbers.Add((long)packed.Varint());
    }

    /// <summary>Adds float32 numbers: one of a repeated field, or all of a packed one.</summary>
    public void AddTo(List<float> numbers)
    {
        if (type == 5)
        {
            numbers.Add(Float());
            return;
        }

        var bytes = Bytes().Span;
        if (bytes.Length % 4 != 0)
            throw Damaged($"{bytes.Length} bytes of numbers of 4");
        for (; bytes.Length > 0; bytes = bytes[4..])
            numbers.Add(BinaryPrimitives.ReadSingleLittleEndian(bytes));
    }

    /// <summary>Adds float64 numbers: one of a repeated field, or all of a packed one.</summary>
    public void AddTo(List<double> numbers)
    {
        var bytes = (type == 1 ? Take(8) : Bytes()).Span;
        if (bytes.Length % 8 != 0)
            throw Damaged($"{bytes.Length} bytes of numbers of 8");
        for (; bytes.Length > 0; bytes = bytes[8..])
            numbers.Add(BinaryPrimitives.ReadDoubleLittleEndian(bytes));
    }

    /// <summary>Passes over the field.</summary>
    public void Skip()
    {
        if (type == 0)
            Varint();
        else if (type == 2)
            Bytes();
        else
            Take(type == 1 ? 8 : 4);
    }

    readonly bool HasMore => at < message.Length;

    ulong Varint()
    {
        var bytes = message.Span;
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            if (at == bytes.Length)
                throw Damaged("a number that is cut off");
            var next = bytes[at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
                return value;
        }

        throw Damaged("a number of more than 10 bytes");
    }

    ReadOnlyMemory<byte> Take(int count)
    {
        if (count > message.Length - at)
            throw Damaged($"{count} bytes where {message.Length - at} are left");
        at += count;
        return message.Slice(at - count, count);
    }

    readonly void Expect(int wireType)
    {
        if (type != wireType)
            throw Damaged($"a field {Field} of wire type {type} in place of {wireType}");
    }

    static InvalidDataException Damaged(string what) => new($"it has {what}");
}
