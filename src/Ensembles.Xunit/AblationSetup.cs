using Ensembles.Attacks;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Xunit;

/// <summary>What an ablation suite works on.</summary>
/// <typeparam name="TEnsemble">The ensemble under test.</typeparam>
public sealed record AblationSetup<TEnsemble>
    where TEnsemble : Ensemble
{
    /// <summary>The trained ensemble in evaluation mode, its gates calibrated on <see cref="Validation"/>.</summary>
    public required TEnsemble Ensemble { get; init; }

    /// <summary>The clean images the gates were calibrated on; null where there are no gates.</summary>
    public LabeledImages? Validation { get; init; }

    /// <summary>Test images, used neither in training nor to calibrate gates.</summary>
    public required LabeledImages Test { get; init; }

    /// <summary>
    /// A classifier (images to logits) of the members' architecture, trained without any defense, in evaluation mode:
    /// the twin that claimed strengths are measured against, and that takes each member's place in turn, which costs
    /// one more attack for each. Null for none, and the tests of either fail.
    /// </summary>
    public Module<Tensor, Tensor>? Undefended { get; init; }

    /// <summary>
    /// Networks of one member's kind, trained as it is from other seeds, that the whole is compared with; null for
    /// none. Members that are random are compared with copies of themselves either way.
    /// </summary>
    public TrainedCopies? Copies { get; init; }

    /// <summary>The clean accuracy that the whole is to reach, in [0, 1]; null for that of guessing.</summary>
    public double? CleanAccuracyFloor { get; init; }

    /// <summary>What the attacker may change.</summary>
    public required ThreatModel Threat { get; init; }

    /// <summary>
    /// The attack, run separately on the whole, on each member and on each ensemble with one component left out.
    /// </summary>
    public required IAttack Attack { get; init; }

    /// <summary>
    /// Proves of images [N, C, H, W] how far the ensemble's decisions hold; null for none. An attack that refutes it
    /// fails the test of the attack.
    /// </summary>
    public Func<Tensor, Certificate>? Certify { get; init; }

    /// <summary>One seed reproduces the suite's numbers bit for bit on one machine.</summary>
    public int Seed { get; init; }

    /// <summary>
    /// Where the suite's report is written (report.html, report.json and tables as CSV), including what
    /// <see cref="MayAddNothingAttribute"/> states; null for none.
    /// </summary>
    public string? ReportFolder { get; init; }

    /// <summary>
    /// The folder of the project that declares the ensemble, where what was found is written for the editor, which says
    /// it there (<see cref="Ensembles.Evaluation.EvidenceFile"/>); null for nowhere.
    /// </summary>
    public string? EvidenceFolder { get; init; }
}

/// <summary>Networks of one member's kind.</summary>
/// <param name="Of">The member's property name.</param>
/// <param name="Classifiers">The networks, in evaluation mode; as many as the ensemble has members.</param>
public sealed record TrainedCopies(string Of, IReadOnlyList<Classifier> Classifiers);
