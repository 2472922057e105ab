using Ensembles.Analyzers.Reports;

namespace Ensembles.Analyzers.Tests.Reports;

public class ENS0501ContributionTests : EvidenceTests<ENS0501Contribution>
{
    [Fact]
    public void Says_of_each_component_what_the_study_found() => Reports(
        Mark(Pair, "A", "B"), Found.Write(),
        $"`A` adds: 43.0% robust with it, 31.0% without ({Setting})",
        $"`B` adds nothing that shows: 43.0% robust with it, 44.0% without ({Setting})");

    [Fact]
    public void Components_of_an_ensemble_among_the_members_are_said_there() => Reports(
        Pair.Replace("Pair", "Inner", StringComparison.Ordinal) + """

        [Ensemble<MeanProbability>]
        public partial class Pair
        {
            [Member] public partial Inner [|In|] { get; }
        }
        """,
        (Found with
        {
            Declaration = "MeanProbability, quorum 1: member In Inner 1; inner In.A Blurred; inner In.B Compact; "
                + "inner In.Doubt Watchful",
            Components = [new("In.A", "adds")],
        }).Write(),
        $"`In.A` adds ({Setting})");

    [Fact]
    public void Components_that_are_inherited_are_said_at_the_class() => Reports(
        Pair.Replace("Pair", "Base", StringComparison.Ordinal) + """

        [Ensemble<MaxMin>]
        public partial class [|Pair|] : Base
        {
            [Member(Weight = 2)] public partial Masked [|C|] { get; }
        }
        """,
        (Found with
        {
            Declaration = Found.Declaration
                .Replace("MeanLogit", "MaxMin", StringComparison.Ordinal)
                .Replace("; gate", "; member C Masked 2; gate", StringComparison.Ordinal),
            Components = [new("A", "adds"), new("C", "adds")],
        }).Write(),
        $"`A` adds ({Setting})", $"`C` adds ({Setting})");

    [Fact]
    public void Says_nothing_without_a_report_or_of_another_declaration()
    {
        Reports(Pair, json: null);
        Reports(Pair.Replace("0.5", "0.6", StringComparison.Ordinal), Found.Write());
        Reports(Pair, (Found with { Components = [new("Gone", "adds")] }).Write());
    }
}
