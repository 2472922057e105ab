using Ensembles.Attacks;
using Ensembles.Evaluation;
using static TorchSharp.torch;

namespace Ensembles.Generators.Tests.Behavior;

public class NestedAblationTests
{
    [Fact]
    public void Every_component_inside_is_one_of_the_study_by_its_path()
    {
        using var scope = NewDisposeScope();
        using var nest = Nests.Nest();
        var images = Given.Images(12);
        var labels = nest.Last.call(images).argmax(-1);
        using var test = new LabeledImages(images, labels, 3);

        var result = new AblationStudy
        {
            Ensemble = nest,
            Images = test,
            ValidationImages = Given.Images(100, seed: 5),
            Threat = new ThreatModel(Norm.Linf, 0.1),
            Attacks = [new Pgd { Steps = 3, Restarts = 2 }],
            MayAddNothing = new Dictionary<string, string> { ["Inner"] = "why", ["Inner.Left"] = "why not" },
            Checks = CheckBudget.None,
        }.Run();

        Assert.Equal(["Alone", "Inner.Left", "Inner.Right", "Last"], result.Members.Select(member => member.Name));
        Assert.Equal(
            [
                ("Alone", "member"), ("Bright", "gate"), ("Inner", "member"), ("Last", "member"),
                ("Inner.Bright", "gate"), ("Inner.Left", "member"), ("Inner.Right", "member"),
            ],
            result.Contributions.Select(contribution => (contribution.Component, contribution.Role)));
        Assert.Equal(
            [("Bright", 0.1), ("Inner.Bright", 0.3)], result.Gates.Select(gate => (gate.Name, gate.Stated)));
        Assert.Contains("Inner.Left", ReportCsv.Contributions(result));
        var whole = result.Whole.Survival.Under(Criterion.Misclassified);
        Assert.All(result.Reduced, reduced => Assert.Equal(12, reduced.Count));
        Assert.NotEmpty(whole);
    }
}
