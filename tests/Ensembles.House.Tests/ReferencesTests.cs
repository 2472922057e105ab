using System.Text.RegularExpressions;

namespace Ensembles.House.Tests;

/// <summary>
/// Every source that a comment or a page cites stands in docs/references.md, and every one there is cited.
/// </summary>
public partial class ReferencesTests
{
    const string Page = "docs/references.md";

    /// <summary>
    /// The rows of both tables: a number, which the second table does not have, authors, title, place and year.
    /// </summary>
    static readonly List<string[]> rows = [.. Repository.Lines(Page)
        .Where(line => line.StartsWith("| ", StringComparison.Ordinal))
        .Select(line => line.Trim('|', ' ').Split('|', StringSplitOptions.TrimEntries))
        .Where(cells => cells[0].Length > 0 && cells[0] != "authors")];

    /// <summary>
    /// "[n]" is a number of the page. A 0 in the brackets makes it an interval, a type before them a shape.
    /// </summary>
    [Fact]
    public void NoNumberDangles()
    {
        var numbers = Cited().SelectMany(text =>
            from Match match in Numbers().Matches(text.Prose)
            from number in match.Groups[1].Value.Split(", ")
            where !match.Groups[1].Value.Split(", ").Contains("0")
            select (number, text.File)).ToList();

        Assert.Contains(numbers, number => number.number == "36");
        Assert.DoesNotContain(numbers, number => !rows.Exists(row => row[0] == number.number));
    }

    [Fact]
    public void NoNameWithAYearDangles()
    {
        var dangling = Cited().SelectMany(text => NamesIn(text.Prose)
            .Where(cited => !rows.Exists(row => Is(row, cited.Name, cited.Year)))
            .Select(cited => $"{text.File}: {cited.Name} {cited.Year}"));

        Assert.Empty(dangling);
    }

    [Fact]
    public void NoOtherSourceIsListedInVain()
    {
        var cited = Cited().SelectMany(text => NamesIn(text.Prose)).ToHashSet();

        Assert.Empty(
            rows.Where(row => row.Length == 3 && !cited.Any(c => Is(row, c.Name, c.Year))).Select(row => row[1]));
    }

    [Fact]
    public void SmithsNumbersAreComplete() =>
        Assert.Equal(
            Enumerable.Range(1, 39).Select(number => $"{number}"),
            rows.Select(row => row[0]).Where(cell => cell.All(char.IsDigit)));

    [Theory]
    [InlineData("of Croce and Hein 2020, and", "Croce", "2020")]
    [InlineData("SplitMix64 (Steele, Lea and Flood 2014): integer", "Lea", "2014")]
    [InlineData("(Tramèr et al. 2017 [34])", "Tramer", "2017")]
    public void AuthorsAreFound(string prose, string name, string year) =>
        Assert.Contains((name, year), NamesIn(prose));

    static bool Is(string[] row, string name, string year) =>
        row.Length > 2
            && Plain(row[^3]).Contains(name, StringComparison.Ordinal)
            && row[^1].Contains(year, StringComparison.Ordinal);

    static IEnumerable<(string Name, string Year)> NamesIn(string prose) =>
        from Match match in NameAndYear().Matches(Plain(prose))
        where match.Groups[1].Value.Any(char.IsLower) && match.Groups[1].Value != "Smith"
        select (match.Groups[1].Value, match.Groups[2].Value);

    /// <summary>Comments of the source and the prose of the pages, line ends taken out.</summary>
    static IEnumerable<(string File, string Prose)> Cited() =>
        Repository.Source("src", "generators", "analyzers", "examples", "tests", "benchmarks")
            .Where(file => !file.StartsWith("tests/Ensembles.House.Tests/", StringComparison.Ordinal))
            .Select(
                file => (
                    file,
                    string.Join(' ', Repository.Lines(file).Select(line => Comment().Match(line).Groups[1].Value))))
            .Concat(Repository.Files(".md", "analyzers", "src", "examples")
                .Append("README.md")
                .Append("docs/methods.md")
                .Select(file => (file, Code().Replace(Repository.Text(file), "").ReplaceLineEndings(" "))));

    /// <summary>Tramer is Tramèr.</summary>
    static string Plain(string text) => text.Replace('è', 'e');

    [GeneratedRegex(@"//+ ?(.*)$")]
    private static partial Regex Comment();

    [GeneratedRegex("```.*?```", RegexOptions.Singleline)]
    private static partial Regex Code();

    [GeneratedRegex(@"(?<!float32 |float64 |int64 |</c> |/> )\[(\d+(?:, \d+)*)\]")]
    private static partial Regex Numbers();

    [GeneratedRegex(@"([A-Z][\w'-]+)(?: et al\.| and [A-Z][\w'-]+)?,? \(?((?:19|20)\d\d)\b")]
    private static partial Regex NameAndYear();
}
