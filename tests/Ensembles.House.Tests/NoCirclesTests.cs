using Ensembles.House.Tests.Rooms;

namespace Ensembles.House.Tests;

/// <summary>The rooms of a project depend on each other in one direction.</summary>
public class NoCirclesTests
{
    [Theory]
    [InlineData("src")]
    [InlineData("generators", "analyzers")]
    public void RoomsUseEachOtherInOneDirection(params string[] folders)
    {
        var inside = new BoundSource(Repository.Source(folders)).Uses();
        Assert.NotEmpty(inside);
        var circles =
            from use in inside
            group (use.From.Folder, use.To.Folder) by use.From.Project into project
            from circle in Circles.In(project)
            select $"{project.Key}: {circle}\n    {string.Join("\n    ", inside.Where(use => LiesOn(use, circle)))}";
        Assert.Empty(circles);
    }

    /// <summary>Whether a use is one of those that make a circle.</summary>
    static bool LiesOn(RoomUse use, string circle) =>
        circle == $"{use.From} <-> {use.To}" || circle == $"{use.To} <-> {use.From}"
        || $" {circle} ".Contains($" {use.From} -> {use.To} ", StringComparison.Ordinal);

    [Fact]
    public void FindsPairsAndLongerWaysRound()
    {
        (string, string)[] uses =
            [("A", "B"), ("B", "A"), ("B", "C"), ("C", "D"), ("D", "E"), ("E", "C"), ("A", "D"), ("D", "D")];

        Assert.Equal(["A <-> B", "C -> D -> E -> C"], Circles.In(uses));
        Assert.Empty(Circles.In([("A", "B"), ("B", "C"), ("A", "C")]));
    }
}
