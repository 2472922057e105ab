using System.Reflection;
using Ensembles.Evaluation;
using static System.FormattableString;

namespace Ensembles.Xunit;

/// <summary>
/// The base of every generated ablation suite. The study is run once for a suite's class and shared by its tests; if it
/// fails, each of them reports why.
/// </summary>
/// <remarks>
/// Random draws come from one generator in the process. For numbers that a second run repeats bit for bit, keep other
/// tests that draw from running at the same time: <c>[assembly: CollectionBehavior(DisableTestParallelization =
/// true)]</c>.
/// </remarks>
/// <typeparam name="TEnsemble">The ensemble under test.</typeparam>
public abstract partial class AblationTests<TEnsemble>
    where TEnsemble : Ensemble
{
    /// <summary>Builds or loads the trained ensemble, and says what to test it on. Called once for the suite.</summary>
    protected abstract AblationSetup<TEnsemble> Setup();

    /// <summary>
    /// A folder of the suite's own, which exists, for what need not be computed twice: the study keeps its finished
    /// units there, and <see cref="Setup"/> may keep trained weights there (<c>CheckpointPath = CacheFolder,
    /// CheckpointIsCache = true</c>). It stands in the folder that the environment variable ENSEMBLES_CACHE names,
    /// otherwise beside the test assembly, and may be deleted at any time.
    /// </summary>
    protected string CacheFolder => SuiteCache.FolderOf(GetType());

    /// <summary>What the study found.</summary>
    protected AblationResult Result => Found.Result;

    /// <summary>Says something that is no failure, for whoever reads the output of a test.</summary>
    /// <remarks>
    /// It goes to the console, which NUnit, MSTest and xunit 3 (where it captures the console) show with the test. For
    /// xunit 2 override it with a call of its <c>ITestOutputHelper</c>.
    /// </remarks>
    /// <param name="sentence">The sentence.</param>
    protected virtual void Say(string sentence) => Console.WriteLine(sentence);

    SuiteResult Found => SharedResults.GetOrCompute(GetType(), Compute);

    string Attacks => string.Join(", ", Result.Attacks.Select(attack => attack.Name));

    string Images => Wording.Count(Result.Count, "image");

    /// <param name="test">The name of the test.</param>
    /// <param name="component">What it is about; null for the whole.</param>
    /// <param name="message">What does not hold, with the numbers.</param>
    SuiteFailureException Failure(string test, string? component, string message) =>
        new($"{message}\nAgain: {Command(test)}", DeclaredPlace.Of(typeof(TEnsemble), component));

    string Command(string test) => $"dotnet test --filter FullyQualifiedName~{GetType().Name}.{test}";

    string Numbers(ControlComparison control) => Numbers(control.Lenient, $"of {control.Words}");

    string Numbers(PairedDifference found, string other)
    {
        var difference = Invariant($"{100 * found.Difference:+0.0;-0.0;0.0} points");
        var interval = Invariant($"[{100 * found.Low:0.0}, {100 * found.High:0.0}]");
        return $"lenient robust accuracy {found.With} as a whole, {found.Without} {other}, "
            + $"difference {difference} {interval}; "
            + $"{found.OnlyWith} images survive only as a whole, {found.OnlyWithout} only {other}; "
            + Invariant($"exact p = {found.P:0.0000}, after Holm {found.CorrectedP:0.0000}; ")
            + $"{Attacks} at {Result.Threat}, {found.Images} images";
    }

    /// <summary>What so many images can show of a comparison, and how many it would take.</summary>
    static string Power(PairedDifference found, int comparisons) =>
        $"{AblationResult.PowerOf(found.Images, comparisons)} {AblationResult.PowerFor(found, comparisons)}".TrimEnd();

    SuiteResult Compute()
    {
        var setup = Setup();
        var controls = Controls(setup);
        var study = new AblationStudy
        {
            Ensemble = setup.Ensemble,
            Images = setup.Test,
            ValidationImages = setup.Validation?.Images,
            Threat = setup.Threat,
            Attacks = [setup.Attack],
            Seed = setup.Seed,
            Undefended = setup.Undefended,
            Controls = controls,
            Certify = setup.Certify,
            MayAddNothing = GetType().GetCustomAttributes<MayAddNothingAttribute>()
                .ToDictionary(stated => stated.Component, stated => stated.Why),
            ResultsFolder = SuiteCache.UnitsIn(
                CacheFolder,
                [
                    typeof(TEnsemble), setup.Ensemble.GetType(), setup.Attack.GetType(), typeof(AblationTests<>),
                    .. setup.Ensemble.Surface.Modules.Concat(setup.Undefended?.modules() ?? [])
                        .Concat(setup.Copies?.Classifiers ?? [])
                        .Select(module => module.GetType()),
                ]),
        };
        var result = Stated(study.Run());
        if (setup.ReportFolder is { } folder)
            Report(result).Write(folder);
        if (setup.EvidenceFolder is { } evidence)
            EvidenceFile.Write(result, evidence);
        return new(result, setup.CleanAccuracyFloor ?? 1.0 / result.ClassCount);
    }

    static IReadOnlyList<Control> Controls(AblationSetup<TEnsemble> setup) =>
    [
        .. Control.SingleCategories(setup.Ensemble),
        .. Control.Copies(setup.Ensemble),
        .. setup.Copies is { } copies ? [Control.Copies(setup.Ensemble, copies.Of, copies.Classifiers)]
            : Array.Empty<Control>(),
        .. setup.Undefended is { } undefended ? Control.UndefendedInPlace(setup.Ensemble, undefended) : [],
    ];

    RobustnessReport Report(AblationResult result) => new()
    {
        Title = $"{result.Declaration.Name}, suite {GetType().Name}",
        Dataset = Wording.Count(result.Count, "test image"),
        Command = $"dotnet test --filter {GetType().Name}",
        Result = result,
    };
}
