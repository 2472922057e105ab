namespace Ensembles.Generators.Tests.Behavior;

/// <summary>Plans and files of ensembles that have ensembles among their members.</summary>
public class NestedPlanTests
{
    [Fact]
    public void A_plan_decides_as_it_does_and_so_do_plans_of_its_variants()
    {
        var options = new CompileOptions(1, 4, 4) { Choices = PlanChoices.Default };
        using var deep = Nests.Deep();
        using var nest = Nests.Nest();
        using var images = Given.Images(40);
        Ensemble[] ensembles =
        [
            deep,
            .. deep.LeaveOneOut().Where(left => left.Name is "First.Coarse" or "Third.Second").Select(l => l.Ensemble),
            nest, .. nest.LeaveOneOut().Select(left => left.Ensemble),
        ];

        foreach (var ensemble in ensembles)
        {
            using var expected = ensemble.call(images);
            foreach (var skipping in (CompileOptions[])
                [options, options with { SkipRejected = true, SkipSettled = true }])
            {
                using var plan = ensemble.Compile(skipping);
                using var actual = plan.Decide(images);

                Assert.Equal(expected.Labels.data<long>().ToArray(), actual.Labels.data<long>().ToArray());
                Assert.True(expected.GateScores.allclose(actual.GateScores, atol: 1e-5));
                if (!skipping.SkipRejected)
                    Assert.True(expected.MemberLogits.allclose(actual.MemberLogits, atol: 1e-5));
            }
        }

        using var whole = deep.Compile(options with { SkipSettled = true });
        Assert.Contains("vote and gates: C#, since an ensemble is among the members", whole.ToString());
        Assert.Contains("none, since an ensemble is among the members", whole.ToString());
        Assert.Contains("member First.Second: 2 frozen layers", whole.ToString());
        Assert.Contains("gate Second.Inner.Bright: 1 frozen layers", whole.ToString());
    }

    [Fact]
    public void Weights_and_thresholds_are_saved_with_the_whole_under_its_path()
    {
        using var nest = Nests.Nest();
        using var other = Nests.Nest(seed: 9);
        using var images = Given.Images(30);
        var path = Path.GetTempFileName();

        try
        {
            Checkpoint.Save(nest, path);
            Checkpoint.Load(other, path);
        }
        finally
        {
            File.Delete(path);
        }

        using var expected = nest.call(images);
        using var actual = other.call(images);
        Assert.True(expected.Scores.Equals(actual.Scores));
        Assert.True(expected.Labels.Equals(actual.Labels));
        Assert.Contains("Inner.Left.linear.weight", nest.state_dict().Keys);
        Assert.Contains("Inner.brightThreshold", nest.state_dict().Keys);
    }
}
