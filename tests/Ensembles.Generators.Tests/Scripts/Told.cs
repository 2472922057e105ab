// Declared to try every rule, not to defend.
#pragma warning disable ENS0001, ENS0002, ENS0102

using static TorchSharp.torch;

namespace Ensembles.Generators.Tests.Scripts;

/// <summary>A member that says what it is told.</summary>
[Defense(Category.FeatureSeparation)]
public sealed class Told() : Classifier(nameof(Told))
{
    public Func<Tensor> Logits { get; set; } = () => throw new InvalidOperationException("nothing told");

    public override Tensor forward(Tensor images) => Logits();
}

/// <summary>A gate that says what it is told.</summary>
[Defense(Category.Detection)]
public sealed class ToldGate() : Detector(nameof(ToldGate))
{
    public Func<Tensor> Scores { get; set; } = () => throw new InvalidOperationException("nothing told");

    public override Tensor forward(Tensor images) => Scores();
}

/// <summary>A rule of a user's own with a script: the logits' sum, but for class 0, which is rejected.</summary>
[VoteScript(
    "scores = torch.sum(logits, [0])",
    """
    labels = torch.masked_fill(torch.argmax(scores, -1), torch.any(torch.ne(scores, scores), -1), -1)
    labels = torch.masked_fill(labels, torch.eq(labels, 0), -1)
    """)]
public sealed class AllButZero : IVotingRule
{
    public static Tensor Scores(Ballot ballot) => ballot.MemberLogits.sum([0]);

    public static Tensor Labels(Ballot ballot, Tensor scores)
    {
        var labels = Ballot.Argmax(scores);
        return labels.masked_fill(labels.eq(0), Decision.Reject);
    }

    public static Tensor SurrogateScores(Ballot ballot) => Scores(ballot);
}

/// <summary>A rule of a user's own without a script.</summary>
public sealed class FirstDecides : IVotingRule
{
    public static Tensor Scores(Ballot ballot) => ballot.MemberLogits[0];

    public static Tensor Labels(Ballot ballot, Tensor scores) => Ballot.Argmax(scores);

    public static Tensor SurrogateScores(Ballot ballot) => Scores(ballot);
}

[Ensemble<MeanProbability>]
public partial class ToldMeanProbability
{
    [Gate] public partial ToldGate G { get; }
    [Member(Weight = 3)] public partial Told A { get; }
    [Member(Weight = 2)] public partial Told B { get; }
    [Gate] public partial ToldGate H { get; }
    [Member] public partial Told C { get; }
}

[Ensemble<MeanLogit>]
public partial class ToldMeanLogit
{
    [Gate] public partial ToldGate G { get; }
    [Member(Weight = 3)] public partial Told A { get; }
    [Member(Weight = 2)] public partial Told B { get; }
    [Gate] public partial ToldGate H { get; }
    [Member] public partial Told C { get; }
}

[Ensemble<MedianLogit>]
public partial class ToldMedianLogit
{
    [Gate] public partial ToldGate G { get; }
    [Member(Weight = 3)] public partial Told A { get; }
    [Member(Weight = 2)] public partial Told B { get; }
    [Gate] public partial ToldGate H { get; }
    [Member] public partial Told C { get; }
}

[Ensemble<WeightedMean>]
public partial class ToldWeightedMean
{
    [Gate] public partial ToldGate G { get; }
    [Member(Weight = 3)] public partial Told A { get; }
    [Member(Weight = 2)] public partial Told B { get; }
    [Gate] public partial ToldGate H { get; }
    [Member] public partial Told C { get; }
}

[Ensemble<MaxMin>]
public partial class ToldMaxMin
{
    [Gate] public partial ToldGate G { get; }
    [Member(Weight = 3)] public partial Told A { get; }
    [Member(Weight = 2)] public partial Told B { get; }
    [Gate] public partial ToldGate H { get; }
    [Member] public partial Told C { get; }
}

[Ensemble<Product>]
public partial class ToldProduct
{
    [Gate] public partial ToldGate G { get; }
    [Member(Weight = 3)] public partial Told A { get; }
    [Member(Weight = 2)] public partial Told B { get; }
    [Gate] public partial ToldGate H { get; }
    [Member] public partial Told C { get; }
}

[Ensemble<AllButZero>]
public partial class ToldAllButZero
{
    [Gate] public partial ToldGate G { get; }
    [Member(Weight = 3)] public partial Told A { get; }
    [Member(Weight = 2)] public partial Told B { get; }
    [Gate] public partial ToldGate H { get; }
    [Member] public partial Told C { get; }
}

[Ensemble<FirstDecides>]
public partial class ToldFirstDecides
{
    [Gate] public partial ToldGate G { get; }
    [Member(Weight = 3)] public partial Told A { get; }
    [Member(Weight = 2)] public partial Told B { get; }
    [Gate] public partial ToldGate H { get; }
    [Member] public partial Told C { get; }
}

[Ensemble<MajorityVote>]
public partial class ToldMajorityVote
{
    [Gate] public partial ToldGate G { get; }
    [Member(Weight = 3)] public partial Told A { get; }
    [Member(Weight = 2)] public partial Told B { get; }
    [Gate] public partial ToldGate H { get; }
    [Member] public partial Told C { get; }
}

[Ensemble<Quorum>(Quorum = 2)]
public partial class ToldQuorum
{
    [Gate] public partial ToldGate G { get; }
    [Member(Weight = 3)] public partial Told A { get; }
    [Member(Weight = 2)] public partial Told B { get; }
    [Gate] public partial ToldGate H { get; }
    [Member] public partial Told C { get; }
}
