using System.Runtime.CompilerServices;
using Ensembles.Generators.Models;

namespace Ensembles.Generators.Emission;

/// <summary>Writes lines at a depth. Lines end in "\n" everywhere.</summary>
sealed class SourceWriter
{
    const int Indentation = 4;

    // What most files need, so that a thread's first one rarely outgrows it.
    const int FirstCapacity = 1 << 14;

    /// <summary>The buffer of the last writer on this thread, for the next one.</summary>
    [ThreadStatic]
    static char[]? spare;

    char[] text = spare ?? new char[FirstCapacity];
    int length;
    int depth;
    bool isInLine;

    public SourceWriter() => spare = null;

    /// <summary>Writes one or several lines at the current depth.</summary>
    public void Write(string lines)
    {
        Append(lines);
        WriteLine();
    }

    /// <summary>
    /// Writes one or several lines at the current depth, part by part and without a string in between.
    /// </summary>
    public void Write([InterpolatedStringHandlerArgument("")] Parts lines) => WriteLine();

    /// <summary>Writes what the next call goes on with.</summary>
    public void Append([InterpolatedStringHandlerArgument("")] Parts lines)
    {
    }

    /// <summary>Writes what the next call goes on with.</summary>
    public void Append(string lines)
    {
        for (var start = 0; ;)
        {
            var end = lines.IndexOf('\n', start);
            AppendInLine(lines, start, (end < 0 ? lines.Length : end) - start);
            if (end < 0)
                return;
            WriteLine();
            start = end + 1;
        }
    }

    /// <summary>Ends a line, or writes an empty one.</summary>
    public void WriteLine()
    {
        Reserve(1);
        text[length++] = '\n';
        isInLine = false;
    }

    void AppendInLine(string line, int start, int count)
    {
        // As this file may have them.
        if (count > 0 && line[start + count - 1] == '\r')
            count--;
        if (count == 0)
            return;

        var indentation = isInLine ? 0 : depth * Indentation;
        Reserve(indentation + count);
        text.AsSpan(length, indentation).Fill(' ');
        line.CopyTo(start, text, length + indentation, count);
        length += indentation + count;
        isInLine = true;
    }

    void Reserve(int count)
    {
        if (length + count > text.Length)
            Array.Resize(ref text, Math.Max(2 * text.Length, length + count));
    }

    /// <summary>
    /// Writes a head and an opening brace; what follows is one level deeper until the closing brace, written on
    /// disposal.
    /// </summary>
    public Block Braces(string head)
    {
        Write(head);
        return Open("{", "}");
    }

    /// <inheritdoc cref="Braces(string)"/>
    public Block Braces([InterpolatedStringHandlerArgument("")] Parts head)
    {
        WriteLine();
        return Open("{", "}");
    }

    /// <summary>Writes a head; what follows is one level deeper until disposal.</summary>
    public Block Indented([InterpolatedStringHandlerArgument("")] Parts head)
    {
        WriteLine();
        depth++;
        return new(this, null, levels: 1);
    }

    /// <summary>Opens a class again, inside the types around it.</summary>
    public Block Reopened(Place place, string head)
    {
        foreach (var container in place.Containers)
            Braces(container);
        Braces(head);
        return new(this, "}", levels: place.Containers.Count + 1);
    }

    /// <summary>
    /// Opens a collection expression; its items follow, one a line, until the closing bracket, written on disposal with
    /// what is to stand behind it.
    /// </summary>
    public Block Brackets(string end)
    {
        WriteLine();
        return Open("[", end);
    }

    Block Open(string brace, string end)
    {
        Write(brace);
        depth++;
        return new(this, end, levels: 1);
    }

    /// <summary>The text. The writer ends with it.</summary>
    public string Complete()
    {
        var written = new string(text, 0, length);
        spare = text;
        text = [];
        length = 0;
        return written;
    }

    /// <summary>What is written a level deeper, or several.</summary>
    public readonly struct Block(SourceWriter writer, string? end, int levels) : IDisposable
    {
        /// <inheritdoc/>
        public void Dispose()
        {
            for (var i = 0; i < levels; i++)
            {
                writer.depth--;
                if (end is not null)
                    writer.Write(end);
            }
        }
    }

    /// <summary>An interpolated string that goes straight into the text.</summary>
    [InterpolatedStringHandler]
    public readonly ref struct Parts
    {
        readonly SourceWriter writer;

        public Parts(int literalLength, int formattedCount, SourceWriter writer)
        {
            this.writer = writer;
            writer.Reserve(literalLength);
        }

        public void AppendLiteral(string part) => writer.Append(part);

        public void AppendFormatted(string part) => writer.Append(part);
    }
}
