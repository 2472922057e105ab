using System.Xml.Linq;

namespace Ensembles.House.Tests;

/// <summary>Projects under src depend on each other in one direction.</summary>
public class ProjectDirectionTests
{
    /// <summary>What each project stands on; with it come the projects that those stand on.</summary>
    static readonly Dictionary<string, string[]> standsOn = new()
    {
        ["Ensembles.Graphs"] = [],
        ["Ensembles"] = ["Ensembles.Graphs"],
        ["Ensembles.Onnx"] = ["Ensembles.Compilation"],
        ["Ensembles.Compilation"] = ["Ensembles"],
        ["Ensembles.Attacks"] = ["Ensembles.Compilation"],
        ["Ensembles.Training"] = ["Ensembles.Attacks"],
        ["Ensembles.Defenses"] = ["Ensembles.Training"],
        ["Ensembles.Evaluation"] = ["Ensembles.Attacks"],
        ["Ensembles.Xunit"] = ["Ensembles.Evaluation"],
        ["Ensembles.App"] = ["Ensembles.Evaluation", "Ensembles.Training"],
        ["Ensembles.Data"] = ["Ensembles"],
    };

    public static TheoryData<string> Projects() =>
        [.. Repository.Files(".csproj", "src").Select(file => Path.GetFileNameWithoutExtension(file))];

    [Theory]
    [MemberData(nameof(Projects))]
    public void AProjectReferencesOnlyWhatItMayStandOn(string project)
    {
        var file = Repository.Files(".csproj", "src").Single(file => Path.GetFileNameWithoutExtension(file) == project);
        var references = XDocument.Parse(Repository.Text(file)).Descendants("ProjectReference")
            .Where(reference => (string?)reference.Attribute("ReferenceOutputAssembly") != "false")
            .Select(reference => Path.GetFileNameWithoutExtension((string)reference.Attribute("Include")!));

        Assert.Empty(references.Except(Below(project)));
    }

    static IEnumerable<string> Below(string project) =>
        standsOn[project].SelectMany(below => Below(below).Append(below)).Distinct();
}
