using System.Text;
using Ensembles.Generators.Models;

namespace Ensembles.Generators.Emission;

/// <summary>Writes lines at a depth. Lines end in "\n" everywhere.</summary>
sealed class SourceWriter
{
    const int Indentation = 4;

    readonly StringBuilder text = new();
    int depth;

    /// <summary>Writes one or several lines at the current depth.</summary>
    public void Write(string lines)
    {
        for (var start = 0; start <= lines.Length;)
        {
            var end = lines.IndexOf('\n', start);
            if (end < 0)
                end = lines.Length;
            WriteLine(lines, start, end);
            start = end + 1;
        }
    }

    void WriteLine(string lines, int start, int end)
    {
        while (end > start && char.IsWhiteSpace(lines[end - 1]))
            end--;
        if (end > start)
            text.Append(' ', depth * Indentation).Append(lines, start, end - start);
        text.Append('\n');
    }

    /// <summary>Writes an empty line.</summary>
    public void WriteLine() => text.Append('\n');

    /// <summary>Writes a head and an opening brace; what follows is one level deeper until the closing brace, written on disposal.</summary>
    public Block Braces(string head) => Open($"{head}\n{{", "}");

    /// <summary>Writes a head; what follows is one level deeper until disposal.</summary>
    public Block Indented(string head) => Open(head, null);

    /// <summary>Opens a class again, inside the types around it.</summary>
    public Block Reopened(Place place, string head)
    {
        foreach (var container in place.Containers)
            Braces(container);
        Braces(head);
        return new(this, "}", levels: place.Containers.Count + 1);
    }

    Block Open(string head, string? end)
    {
        Write(head);
        depth++;
        return new(this, end, levels: 1);
    }

    /// <summary>Writes a collection expression with one item a line, "head [] end" where there is none.</summary>
    public void WriteList(string head, IEnumerable<string> items, string end)
    {
        var lines = items.ToList();
        if (lines.Count == 0)
        {
            Write($"{head} []{end}");
            return;
        }

        using (Open($"{head}\n[", $"]{end}"))
            lines.ForEach(line => Write($"{line},"));
    }

    /// <inheritdoc/>
    public override string ToString() => text.ToString();

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
}
