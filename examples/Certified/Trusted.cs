using Ensembles;
using Ensembles.Defenses;

namespace Certified;

/// <summary>
/// A member that is right, one that is trained on perturbed images and one whose answers are proven. It has more than
/// half of the weight: where it is sure enough, no perturbation of the others' answers changes the mean.
/// </summary>
[Ensemble<WeightedMean>]
public partial class Trusted
{
    [Member] public partial UndefendedClassifier Accurate { get; }
    [Member] public partial PgdAdversarialClassifier Hardened { get; }
    [Member(Weight = 3)] public partial IntervalBoundClassifier Proven { get; }
}
