using Microsoft.CodeAnalysis.Text;

namespace Ensembles.Analyzers.Tests.Running;

/// <summary>A source in which [| and |] stand around each place that a rule is to report.</summary>
sealed class Marked
{
    public Marked(string text)
    {
        var spans = new List<TextSpan>();
        while (text.IndexOf("[|", StringComparison.Ordinal) is >= 0 and var start)
        {
            text = text.Remove(start, 2);
            var end = text.IndexOf("|]", start, StringComparison.Ordinal);
            text = text.Remove(end, 2);
            spans.Add(TextSpan.FromBounds(start, end));
        }

        Source = text;
        Spans = spans;
    }

    /// <summary>The source without marks.</summary>
    public string Source { get; }

    public IReadOnlyList<TextSpan> Spans { get; }
}
