using Ensembles.Generators.Tests.Running;

namespace Ensembles.Generators.Tests;

/// <summary>The tests of the whole, beside its members of one category and copies of one member.</summary>
public class SuiteWholeTests
{
    static string[] WholeTests(string components, string onSuite = "")
    {
        var run = GeneratorRun.On([Sources.Defenses, $$"""
            #pragma warning disable CS1591
            using Ensembles;
            using Ensembles.Xunit;
            using Zoo;

            /// <summary>Of another category.</summary>
            [Defense(Category.FeatureSeparation)]
            public sealed class Compact : Classifier
            {
                public override TorchSharp.torch.Tensor forward(TorchSharp.torch.Tensor images) => images.flatten(1);
            }

            [Ensemble<MeanLogit>]
            public partial class Mixed
            {
                {{components}}
            }

            [AblationSuite<Mixed>] {{onSuite}}
            public partial class Suite
            {
                protected override AblationSetup<Mixed> Setup() => null!;
            }
            """]);
        Assert.Empty(run.Complaints);
        return
        [
            .. run.Completed.GetTypeByMetadataName("Suite")!.GetMembers()
                .Select(member => member.Name)
                .Where(name => name.StartsWith("Whole", StringComparison.Ordinal)),
        ];
    }

    const string Two = "[Member] public partial Edges First { get; } [Member] public partial Edges Second { get; }";
    const string Third = "[Member] public partial Compact Third { get; }";

    [Theory]
    // Several of one category, and not the whole.
    [InlineData($"{Two} {Third}", true)]
    [InlineData($"{Two} [Gate] public partial Uncertainty Doubt {{ get; }}", true)]
    // The whole, or none.
    [InlineData(Two, false)]
    [InlineData($"[Member] public partial Edges First {{ get; }} {Third}", false)]
    public void A_category_is_compared_where_it_is_that_of_several_members_and_not_the_whole(
        string components, bool isCompared)
    {
        string[] compared = isCompared ? ["Whole_beats_its_members_of_one_category"] : [];

        Assert.Equal(
            ["Whole_beats_its_best_member", .. compared, "Whole_beats_as_many_copies_of_one_member"],
            WholeTests(components));
    }

    [Fact]
    public void A_whole_that_may_add_nothing_is_no_weaker_than_any_of_them() => Assert.Equal(
        ["Whole_is_no_weaker_than_its_best_member", "Whole_is_no_weaker_than_its_members_of_one_category",
            "Whole_is_no_weaker_than_as_many_copies_of_one_member"],
        WholeTests($"{Two} {Third}", "[MayAddNothing(nameof(Mixed), \"why\")]"));
}
