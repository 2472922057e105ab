using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace Ensembles.CudaCheck;

/// <summary>
/// What a native library asks of others, read from its table of dynamic symbols (ELF, 64 bits, little-endian: System V
/// gABI, chapters 4 and 5). The loader itself names only the first that is missing.
/// </summary>
static partial class NativeSymbols
{
    const int SectionDynamicSymbols = 11, SymbolBytes = 24, SectionBytes = 64, SegmentBytes = 56, WeakBinding = 2;
    const int Bits64 = 2, LittleEndian = 1;

    /// <summary>Symbols it must be given by others; those it can do without are left out.</summary>
    public static IReadOnlyList<string> Undefined(string library)
    {
        ReadOnlySpan<byte> file = File.ReadAllBytes(library);
        if (!IsElf(file))
            return [];
        var sections = (int)BinaryPrimitives.ReadInt64LittleEndian(file[40..]);
        int count = BinaryPrimitives.ReadUInt16LittleEndian(file[60..]);
        var undefined = new List<string>();
        for (var i = 0; i < count; i++)
        {
            var section = file.Slice(sections + i * SectionBytes, SectionBytes);
            if (BinaryPrimitives.ReadInt32LittleEndian(section[4..]) != SectionDynamicSymbols)
                continue;
            var names = BinaryPrimitives.ReadInt32LittleEndian(section[40..]);
            var strings = Content(file, sections + names * SectionBytes);
            var symbols = Content(file, sections + i * SectionBytes);
            for (var at = SymbolBytes; at + SymbolBytes <= symbols.Length; at += SymbolBytes)
            {
                var symbol = symbols.Slice(at, SymbolBytes);
                var isElsewhere = BinaryPrimitives.ReadUInt16LittleEndian(symbol[6..]) == 0;
                if (isElsewhere && symbol[4] >> 4 != WeakBinding)
                    undefined.Add(Text(strings[BinaryPrimitives.ReadInt32LittleEndian(symbol)..]));
            }
        }

        return undefined;
    }

    /// <summary>
    /// Whether the file is as long as what is loaded from it. The loader does not look: the process ends where it first
    /// touches what was cut off.
    /// </summary>
    public static bool IsWhole(string library)
    {
        using var file = File.OpenRead(library);
        var header = new byte[SectionBytes];
        if (file.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || !IsElf(header))
            return false;
        file.Position = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(32));
        var segments = new byte[SegmentBytes * BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(56))];
        if (file.ReadAtLeast(segments, segments.Length, throwOnEndOfStream: false) < segments.Length)
            return false;
        return segments.Chunk(SegmentBytes).All(segment =>
            BinaryPrimitives.ReadInt64LittleEndian(segment.AsSpan(8))
                + BinaryPrimitives.ReadInt64LittleEndian(segment.AsSpan(32)) <= file.Length);
    }

    /// <summary>The name as C++ writes it, where it is one of C++.</summary>
    public static string Demangled(string symbol)
    {
        try
        {
            var text = Demangle(symbol, 0, 0, out var status);
            return status == 0 ? Marshal.PtrToStringUTF8(text)! : symbol;
        }
        catch (Exception e) when (e is DllNotFoundException or EntryPointNotFoundException)
        {
            return symbol;
        }
    }

    static bool IsElf(ReadOnlySpan<byte> file) =>
        file.StartsWith("\u007fELF"u8) && file[4] == Bits64 && file[5] == LittleEndian;

    static ReadOnlySpan<byte> Content(ReadOnlySpan<byte> file, int section) => file.Slice(
        (int)BinaryPrimitives.ReadInt64LittleEndian(file[(section + 24)..]),
        (int)BinaryPrimitives.ReadInt64LittleEndian(file[(section + 32)..]));

    static string Text(ReadOnlySpan<byte> bytes) => Encoding.ASCII.GetString(bytes[..bytes.IndexOf((byte)0)]);

    [LibraryImport("libstdc++.so.6", EntryPoint = "__cxa_demangle", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Demangle(string symbol, nint buffer, nint length, out int status);
}
