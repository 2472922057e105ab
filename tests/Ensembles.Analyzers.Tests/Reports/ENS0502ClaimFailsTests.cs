using Ensembles.Analyzers.Reports;

namespace Ensembles.Analyzers.Tests.Reports;

public class ENS0502ClaimFailsTests : EvidenceTests<ENS0502ClaimFails>
{
    [Fact]
    public void Says_which_claim_did_not_hold_unless_it_was_stated_that_it_may_not() => Reports(
        Mark(Pair, "B"), Found.Write(),
        $"`B` claims intra-class compactness, which does not show: 0.6, undefended 0.3 ({Setting})");

    [Fact]
    public void Says_nothing_without_a_report_or_of_another_declaration()
    {
        Reports(Pair, json: null);
        Reports(Pair.Replace("0.01", "0.02", StringComparison.Ordinal), Found.Write());
    }
}
