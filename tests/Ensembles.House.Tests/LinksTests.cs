using System.Text.RegularExpressions;

namespace Ensembles.House.Tests;

/// <summary>A link in a page of this repository leads to a file that exists, and to a heading in it.</summary>
public partial class LinksTests
{
    public static TheoryData<string> Pages() =>
        [.. Repository.Files(".md", "src", "analyzers", "docs", "benchmarks", "examples", "tests").Append("README.md")];

    [Theory]
    [MemberData(nameof(Pages))]
    public void LinksLeadSomewhere(string page)
    {
        var broken =
            from Match link in Link().Matches(Repository.Text(page))
            let target = link.Groups[1].Value
            where !target.Contains("://", StringComparison.Ordinal) && !Leads(page, target)
            select target;

        Assert.Empty(broken);
    }

    /// <summary>Whoever looks for something finds its room from the map in README.md.</summary>
    [Fact]
    public void TheMapOfTheHouseNamesEveryRoom()
    {
        var rooms = Repository.Source("src", "generators", "analyzers")
            .Where(file => file.Split('/').Length > 2)
            .Select(file => Path.GetDirectoryName(file)!.Replace('\\', '/'))
            .Distinct();
        var named = Link().Matches(Repository.Text("README.md")).Select(link => link.Groups[1].Value);

        Assert.Empty(rooms.Except(named));
    }

    static bool Leads(string page, string target)
    {
        var (path, heading) = target.Split('#', 2) is [var before, var after] ? (before, after) : (target, null);
        var file = path.Length == 0 ? page : Path.Combine(Path.GetDirectoryName(page)!, path);
        return Repository.Has(file)
            && (heading is null || Repository.Lines(file).Any(line => line.StartsWith('#') && Anchor(line) == heading));
    }

    /// <summary>The address of a heading as GitHub makes it.</summary>
    static string Anchor(string heading) =>
        new([
            .. heading.TrimStart('#').Trim().ToLowerInvariant().Replace(' ', '-')
                .Where(c => char.IsLetterOrDigit(c) || c is '-' or '_'),
        ]);

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Link();
}
