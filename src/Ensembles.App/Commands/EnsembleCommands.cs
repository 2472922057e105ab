using System.CommandLine;
using Ensembles.Evaluation;

namespace Ensembles.App;

/// <summary>The commands of a program that need its ensemble.</summary>
sealed class EnsembleCommands<TEnsemble>(Func<AppRun, EnsembleSetup<TEnsemble>> setupOf)
    where TEnsemble : Ensemble
{
    /// <summary>The least lenient robust accuracy that a run is content with.</summary>
    readonly Option<double?> atLeast = MakeAtLeast();

    readonly Option<int> mostMembers = new("--most-members")
    {
        Description = "The most classifiers of an ensemble.",
        DefaultValueFactory = _ => 5,
    };

    readonly Option<int> mostAttacked = new("--most-attacked")
    {
        Description = "How many ensembles are attacked at the most.",
        DefaultValueFactory = _ => 8,
    };

    /// <summary>All of them.</summary>
    public IEnumerable<Command> All =>
    [
        Of("train", "Trains every component, or goes on where an earlier run stopped.", (run, _, trained) =>
            run.Said($"Trained: {trained.Folder}", new { trained.Folder, run.Steps.Timings })),
        Of("attack", "Attacks the whole ensemble, and says what stands.", Attack, atLeast),
        Of(
            "ablate", "Attacks the whole, each member alone and each ensemble without one component; writes the "
                + "report.", Ablate, atLeast),
        Of("claims", "Measures every strength that a component claims, beside the undefended twin.", Claims),
        Of(
            "search", "Searches the best ensemble of the trained components, on half of the test images, and judges "
                + "it on the other half.", Search, mostMembers, mostAttacked),
    ];

    /// <summary>The command that a program without one runs: the whole study.</summary>
    public Func<ParseResult, CancellationToken, int> Default => (parsed, cancellation) =>
        Run(parsed, cancellation, Ablate);

    static Option<double?> MakeAtLeast()
    {
        var least = new Option<double?>("--at-least")
        {
            Description = "The least lenient robust accuracy, in [0, 1], that this command ends with 0 on; below it "
                + "ends with 4.",
        };
        // Nothing is below what is not a number: a floor of NaN would let everything pass.
        least.Validators.Add(given =>
        {
            if (given.GetValueOrDefault<double?>() is { } floor and not (>= 0 and <= 1))
                given.AddError(FormattableString.Invariant($"--at-least {floor}: a share of images lies in [0, 1]."));
        });
        return least;
    }

    Command Of(
        string name, string description,
        Func<CommandRun, EnsembleSetup<TEnsemble>, TrainedEnsemble<TEnsemble>, int> act, params Option[] options)
    {
        var command = new Command(name, description);
        foreach (var option in options)
            command.Options.Add(option);
        command.SetAction((parsed, cancellation) =>
            Task.Run(() => Run(parsed, cancellation, act), CancellationToken.None));
        return command;
    }

    int Run(
        ParseResult parsed, CancellationToken cancellation,
        Func<CommandRun, EnsembleSetup<TEnsemble>, TrainedEnsemble<TEnsemble>, int> act)
    {
        var run = new CommandRun(parsed, cancellation);
        return run.Guarded(() =>
        {
            var setup = setupOf(run.Settings);
            using var trained = run.Steps.Show(
                () => new TrainedEnsemble<TEnsemble>(setup, run.Settings, run.Steps, cancellation));
            return act(run, setup, trained);
        });
    }

    int Attack(CommandRun run, EnsembleSetup<TEnsemble> setup, TrainedEnsemble<TEnsemble> trained)
    {
        var name = trained.Ensemble.Declaration.Name;
        var result = run.Steps.Show(() => RobustnessEvaluation.Run(
            trained.Ensemble.Surface, name, trained.Test, setup.Threat, setup.Attacks, new EvaluationOptions
            {
                Seed = run.Settings.Seed,
                Checks = setup.Checks,
                ResultsFolder = trained.Units,
                Progress = new Numerics.ImmediateProgress<double>(
                    share => run.Steps.OfStudy.Report(new StudyProgress($"attacking {name}", share))),
                Cancellation = run.Cancellation,
            }));
        run.Said($"{result}", result);
        return run.Verdict(result.Valid, result.At(setup.Threat.Epsilon).Lenient.Value, atLeast);
    }

    int Ablate(CommandRun run, EnsembleSetup<TEnsemble> setup, TrainedEnsemble<TEnsemble> trained)
    {
        var result = run.Steps.Show(() => new AblationStudy
        {
            Ensemble = trained.Ensemble,
            Images = trained.Test,
            ValidationImages = trained.Validation?.Images,
            Undefended = trained.Undefended,
            Threat = setup.Threat,
            Epsilons = setup.Epsilons,
            Attacks = setup.Attacks,
            Checks = setup.Checks,
            MayAddNothing = setup.MayAddNothing,
            Certify = setup.Certify is { } certify ? images => certify(trained.Ensemble, images) : null,
            Seed = run.Settings.Seed,
            ResultsFolder = trained.Units,
        }.Run(run.Steps.OfStudy, run.Cancellation));
        var report = new RobustnessReport
        {
            Title = $"{trained.Ensemble.Declaration.Name} on {setup.Dataset.Split(':')[0]}",
            Dataset = setup.Dataset,
            Command = setup.Command,
            Result = result,
            Timings = run.Steps.Timings,
            ClassNames = setup.ClassNames,
        };
        report.Write(trained.Folder, setup.Exporters);
        if (setup.EvidenceFolder is { } project)
            EvidenceFile.Write(result, project);
        if (!run.Settings.Json)
            ConsoleReport.Write(report, run.Output);
        run.Said($"The whole report: {Path.Combine(trained.Folder, "report.html")}", report);
        return run.Verdict(result.Valid, result.Whole.At(setup.Threat.Epsilon).Lenient.Value, atLeast);
    }

    int Claims(CommandRun run, EnsembleSetup<TEnsemble> setup, TrainedEnsemble<TEnsemble> trained)
    {
        if (trained.Undefended is not { } undefended)
            throw new ArgumentException(
                "Claims are measured against an undefended classifier of the same architecture: name one as Undefended "
                + "in the setup.");
        var claims = run.Steps.Show(
            () => ClaimEvaluation.Run(trained.Ensemble, undefended, trained.Test, run.Cancellation));
        run.Said(
            string.Join(Environment.NewLine, claims.Select(of => $"{of.Component}, {of.Strength}: {of.Reading}")),
            claims);
        return ExitCodes.Done;
    }

    int Search(CommandRun run, EnsembleSetup<TEnsemble> setup, TrainedEnsemble<TEnsemble> trained)
    {
        if (trained.Ensemble.Fronts.Count > 0)
            throw new ArgumentException(
                $"A search knows no fronts, and {trained.Ensemble.Fronts[0].Name} is one: its ensembles would be "
                + "measured without what their members see the images through.");
        // Test images may be ordered by class.
        var (chosen, heldOut) = trained.Test.SplitStratified(trained.Test.Count / 2);
        using (chosen)
        using (heldOut)
        {
            var result = run.Steps.Show(() => new EnsembleSearch
            {
                Classifiers = trained.Ensemble.Members,
                Detectors = trained.Ensemble.Gates,
                Images = chosen,
                HeldOut = heldOut,
                ValidationImages = trained.Validation?.Images,
                Threat = setup.Threat,
                Attacks = setup.Attacks,
                Checks = setup.Checks,
                MostMembers = run.Parsed.GetValue(mostMembers),
                MostAttacked = run.Parsed.GetValue(mostAttacked),
                Seed = run.Settings.Seed,
                ResultsFolder = trained.Units,
            }.Run(run.Steps.OfStudy, run.Cancellation));
            result.Write(trained.Folder);
            run.Said($"{result}", result);
            return run.Verdict(result.HeldOut.Valid, robust: 1, floor: null);
        }
    }
}
