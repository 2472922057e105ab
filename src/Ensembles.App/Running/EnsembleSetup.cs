using Ensembles.Attacks;
using Ensembles.Evaluation;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.App;

/// <summary>What a program does with its ensemble: data, training, threat and attacks.</summary>
/// <typeparam name="TEnsemble">The ensemble.</typeparam>
public sealed record EnsembleSetup<TEnsemble> where TEnsemble : Ensemble
{
    /// <summary>
    /// Makes the untrained ensemble. Torch's generator is seeded before, so that initial weights follow from the seed.
    /// </summary>
    public required Func<TEnsemble> Create { get; init; }

    /// <summary>
    /// Trains it: <c>(ensemble, images, options) => ensemble.Train(images, options)</c>, the method that is generated.
    /// </summary>
    public required Action<TEnsemble, ILabeledImages, TrainingOptions> Train { get; init; }

    /// <summary>Reads or makes the training images.</summary>
    public required Func<LabeledImages> TrainingImages { get; init; }

    /// <summary>Reads or makes the test images, used neither in training nor to calibrate gates.</summary>
    public required Func<LabeledImages> TestImages { get; init; }

    /// <summary>
    /// Reads or makes the clean images that gates are calibrated and votes fitted on; null where there are neither.
    /// </summary>
    public Func<LabeledImages>? ValidationImages { get; init; }

    /// <summary>
    /// Makes a classifier of the members' architecture to be trained without any defense: the twin that claims are
    /// measured against. Null for none, and claims are not measured.
    /// </summary>
    public Func<Classifier>? Undefended { get; init; }

    /// <summary>How long and how components are trained; seed, checkpoints and progress are the program's.</summary>
    public TrainingOptions Training { get; init; } = new();

    /// <summary>What the attacker may change.</summary>
    public required ThreatModel Threat { get; init; }

    /// <summary>More radii for the curves.</summary>
    public IReadOnlyList<double> Epsilons { get; init; } = [];

    /// <summary>The attacks; for each image the worst of them counts.</summary>
    public required IReadOnlyList<IAttack> Attacks { get; init; }

    /// <summary>How much is spent on checking the attacks.</summary>
    public CheckBudget Checks { get; init; }

    /// <summary>Proves how far the ensemble's decisions hold on images [N, C, H, W]; null for no proofs.</summary>
    public Func<TEnsemble, Tensor, Certificate>? Certify { get; init; }

    /// <summary>By component: why it stays although it may add nothing; shown in the report.</summary>
    public IReadOnlyDictionary<string, string> MayAddNothing { get; init; } = new Dictionary<string, string>();

    /// <summary>The data, for people: "MNIST, the first 1000 test images".</summary>
    public required string Dataset { get; init; }

    /// <summary>Names of the classes by label; empty to show the labels.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>
    /// A folder of its own inside the output folder, for programs whose options lead to different runs; empty for none.
    /// </summary>
    public string Variant { get; init; } = "";

    /// <summary>The command that repeats the run anywhere, without local paths: "dotnet run -c Release".</summary>
    public string Command { get; init; } = "dotnet run -c Release";

    /// <summary>
    /// The folder of the project that declares the ensemble, where an ablation leaves what it found for the rules
    /// ENS0501 to ENS0503 to say at the properties; null for nowhere.
    /// </summary>
    public string? EvidenceFolder { get; init; }

    /// <summary>More forms of the report, beside HTML, Markdown, JSON and CSV.</summary>
    public IReadOnlyList<IReportExporter> Exporters { get; init; } = [];
}
