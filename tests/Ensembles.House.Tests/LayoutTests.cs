namespace Ensembles.House.Tests;

/// <summary>Lines fit the window, and a file is one idea.</summary>
public class LayoutTests
{
    const int Columns = 120, FileLines = 300;

    [Fact]
    public void NoLineIsLongerThan120Columns()
    {
        var tooLong =
            from file in Repository.Source(
                "src", "generators", "analyzers", "tests", "examples", "benchmarks", "templates")
            from line in Repository.Lines(file).Index()
            where line.Item.Length > Columns
            select $"{file}:{line.Index + 1}: {line.Item.Length} columns";

        Assert.Empty(tooLong);
    }

    [Fact]
    public void NoFileIsLongerThan300Lines()
    {
        var tooLong =
            from file in Repository.Source("src", "generators", "analyzers")
            let lines = Repository.Lines(file).Length
            where lines > FileLines
            select $"{file}: {lines} lines";

        Assert.Empty(tooLong);
    }
}
