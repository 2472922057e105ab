using Microsoft.CodeAnalysis.CSharp;

namespace Ensembles.Generators.Tests.Running;

/// <summary>What a person may have typed so far.</summary>
static class Mutation
{
    /// <summary>
    /// The source with one token missing, doubled, swapped with another, or with everything behind it gone.
    /// </summary>
    public static string Of(string source, Random random)
    {
        var tokens = CSharpSyntaxTree.ParseText(source)
            .GetRoot()
            .DescendantTokens()
            .Where(token => token.Span.Length > 0)
            .ToList();
        if (tokens.Count == 0)
            return source;
        var (token, other) = (tokens[random.Next(tokens.Count)], tokens[random.Next(tokens.Count)]);
        return random.Next(5) switch
        {
            0 => source.Remove(token.SpanStart, token.Span.Length),
            1 => source.Insert(token.SpanStart, token.Text + " "),
            2 => source.Remove(token.SpanStart, token.Span.Length).Insert(token.SpanStart, other.Text),
            3 => source.Insert(token.SpanStart, other.Text + " "),
            _ => source[..token.SpanStart],
        };
    }
}
