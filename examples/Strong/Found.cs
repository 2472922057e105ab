using Ensembles;
using Ensembles.Defenses;

namespace Strong;

/// <summary>
/// The ensemble that the search found, as it printed it. The rules see what the study confirms: its members work the
/// same way.
/// </summary>
#pragma warning disable ENS0001 // All members are of one category: so the search found them.
#pragma warning disable ENS0002 // Hardened and Smooth claim nothing that Coarse does not claim.
[Ensemble<MeanLogit>]
public partial class Found
{
    [Member] public partial PgdAdversarialClassifier Hardened { get; }
    [Member] public partial TradesClassifier Smooth { get; }
    [Member] public partial CoarseClassifier Coarse { get; }
}
