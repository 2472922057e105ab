using System.Text.RegularExpressions;
using Ensembles.Analyzers.Tests.Running;
using Ensembles.Generators.Tests.Running;

namespace Ensembles.Fuzz;

/// <summary>
/// What is mutated: the shipped examples and defenses, the rules' pages, and what the generator is tested with.
/// </summary>
static partial class Corpus
{
    // Internals of the library are visible to it, so that each shipped defense compiles alone, as a user's copy would.
    const string Friend = "Ensembles.Defenses.Tests";

    /// <summary>
    /// Worlds by kind, and how many of twenty-one mutants are of that kind. The pages have every rule and every fix in
    /// small sources, which compile three times as fast as the rest.
    /// </summary>
    static readonly (int Share, World[] Worlds)[] kinds =
        [(8, [.. Pages()]), (5, [.. Broken()]), (4, [.. Examples()]), (3, [.. Declarations()]), (1, [.. Shipped()])];

    /// <summary>A world by chance.</summary>
    public static World Pick(Random random)
    {
        var place = random.Next(kinds.Sum(kind => kind.Share));
        var worlds = kinds.First(kind => (place -= kind.Share) < 0).Worlds;
        return worlds[random.Next(worlds.Length)];
    }

    static IEnumerable<World> Examples()
    {
        var five = Repository.Read("examples", "QuickStart", "FiveStrengths.cs");
        var suite = Repository.Read("tests", "QuickStart.Tests", "FiveStrengthsAblation.cs");
        yield return new("FiveStrengths", five, [Repository.Usings]);
        yield return new("FiveStrengthsAblation", suite, [Repository.Usings, five]);
        yield return new("FiveStrengths before its suite", five, [Repository.Usings, suite]);
        yield return new("Tutorial", Repository.Read("examples", "Tutorial", "Defenses.cs"), [Repository.Usings]);
    }

    static IEnumerable<World> Declarations()
    {
        yield return new("Quartet", Sources.Quartet, [Sources.Defenses, Sources.QuartetSuite]);
        yield return new("Quartet's defenses", Sources.Defenses, [Sources.Quartet]);
        yield return new("Nest", Sources.Nest, [Sources.Defenses, Sources.Quartet]);
        yield return new("Nest's member", Sources.Quartet, [Sources.Defenses, Sources.Nest]);
        yield return new("Wider", Sources.Wider, [Sources.Defenses, Sources.Quartet]);
        yield return new("What Wider derives from", Sources.Quartet, [Sources.Defenses, Sources.Wider]);
        yield return new("Quartet's suite", Sources.QuartetSuite, [Sources.Defenses, Sources.Quartet]);
        yield return new(
            "Networks", Repository.Read("tests", "Ensembles.Generators.Tests", "Graphs", "Networks.cs"),
            [Repository.Usings]);
        yield return new(
            "Declarations", Repository.Read("tests", "Ensembles.Generators.Tests", "Behavior", "Declarations.cs"),
            [Repository.Usings]);
        yield return new(
            "Heirs", Repository.Read("tests", "Ensembles.Generators.Tests", "Behavior", "Heirs.cs"),
            [
                Repository.Usings,
                .. new[] { "Declarations.cs", "Given.cs", "Nests.cs" }.Select(file =>
                    Repository.Read("tests", "Ensembles.Generators.Tests", "Behavior", file)),
            ]);
    }

    static IEnumerable<World> Pages() =>
        from page in Directory.EnumerateFiles(Path.Combine(Repository.Root, "analyzers", "docs"), "ENS*.md")
            .Order(StringComparer.Ordinal)
        from block in CodeBlock()
            .Matches(File.ReadAllText(page).ReplaceLineEndings("\n"))
            .Select((match, i) => (Code: match.Groups[1].Value, Number: i + 1))
        where !block.Code.StartsWith("#pragma", StringComparison.Ordinal)
        select new World(
            $"{Path.GetFileNameWithoutExtension(page)}, example {block.Number}", Snippets.Usings + block.Code, []);

    static IEnumerable<World> Broken() =>
        BrokenDeclarations.All.Select((source, i) =>
            new World($"broken declaration {i}", BrokenDeclarations.Usings + source, [Sources.Defenses]));

    static IEnumerable<World> Shipped() =>
        from room in Directory.EnumerateDirectories(Path.Combine(Repository.Root, "src", "Ensembles.Defenses"))
            .Append(Path.Combine(Repository.Root, "src", "Ensembles.Training", "Networks"))
            .Order(StringComparer.Ordinal)
        where Path.GetFileName(room) is not ("bin" or "obj")
        from file in Directory.EnumerateFiles(room, "*.cs").Order(StringComparer.Ordinal)
        select new World(Path.GetFileName(file), File.ReadAllText(file), [Repository.Usings], Friend);

    [GeneratedRegex(@"^```csharp\n(.*?)^```", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex CodeBlock();
}
