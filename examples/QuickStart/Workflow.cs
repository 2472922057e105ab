using Ensembles;
using Ensembles.Attacks;
using Ensembles.Data;
using Ensembles.Defenses;
using Ensembles.Evaluation;
using Ensembles.Numerics;
using Ensembles.Training;
using Microsoft.Extensions.DependencyInjection;
using Spectre.Console;
using TorchSharp;
using static TorchSharp.torch;

namespace QuickStart;

/// <summary>The whole path: data, training, calibration, attack and ablation, report.</summary>
sealed class Workflow(Settings settings, IAnsiConsole console)
{
    readonly List<Timing> timings = [];

    public void Run(CancellationToken cancellation)
    {
        var device = Devices.Of(settings.Device);
        // One thread: networks this small gain little from more, and a seed gives the same figures on any number of
        // cores.
        set_num_threads(1);
        using var data = Splits.Load(settings);
        Directory.CreateDirectory(settings.Output);

        using var services = Services(data);
        using var ensemble = services.GetRequiredService<FiveStrengths>();
        using var undefended = services.GetRequiredService<UndefendedClassifier>();
        ensemble.to(device);
        undefended.to(device);
        using var validation = data.Validation.Images.to(device, copy: true);
        using var test = new LabeledImages(
            data.Test.Images.to(device, copy: true), data.Test.Labels.to(device, copy: true), data.ClassCount);

        var result = console.Progress()
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left },
                new ProgressBarColumn(),
                new PercentageColumn(),
                new ElapsedTimeColumn())
            .Start(progress =>
            {
                Train(ensemble, undefended, data.Training, progress, cancellation);
                ensemble.eval();
                // The gate's dropout masks must not depend on whether the training above was resumed.
                random.manual_seed(settings.Seed);
                ensemble.CalibrateGates(validation);
                return Ablate(ensemble, undefended, validation, test, progress, cancellation);
            });

        Report(result);
    }

    ServiceProvider Services(Splits data)
    {
        // The initial weights of every network follow from the seed too.
        random.manual_seed(settings.Seed);
        return new ServiceCollection()
            .AddSingleton<INetworkFactory>(new SmallCnnFactory(data.Channels, data.ImageSize, data.ClassCount))
            .AddTransient<UndefendedClassifier>()
            .AddTrainedComponents(settings.TrainingEpsilon, settings.Budget.TrainingSteps)
            .AddFiveStrengths()
            .BuildServiceProvider();
    }

    void Train(
        FiveStrengths ensemble,
        UndefendedClassifier undefended,
        LabeledImages training,
        ProgressContext progress,
        CancellationToken cancellation)
    {
        var bars = new TrainingBars(progress, timings);
        var options = new TrainingOptions
        {
            Seed = settings.Seed,
            Epochs = settings.Budget.Epochs,
            Cancellation = cancellation,
            Progress = bars,
            CheckpointPath = settings.Output,
        };
        // Train is generated: the gates first, then the members, each with a checkpoint named after it.
        ensemble.Train(training, options);
        undefended.Train(training, options.For("Undefended"));
        bars.Finish();
    }

    AblationResult Ablate(
        FiveStrengths ensemble,
        UndefendedClassifier undefended,
        Tensor validation,
        LabeledImages test,
        ProgressContext progress,
        CancellationToken cancellation)
    {
        var task = progress.AddTask("attacking");
        var study = new AblationStudy
        {
            Ensemble = ensemble,
            Images = test,
            ValidationImages = validation,
            Undefended = undefended,
            Threat = settings.Threat,
            Epsilons = settings.Epsilons,
            Attacks = [new Pgd { Steps = settings.Budget.Steps, Restarts = settings.Budget.Restarts }],
            Seed = settings.Seed,
            ResultsFolder = Path.Combine(settings.Output, "units"),
        };
        return study.Run(
            new ImmediateProgress<StudyProgress>(p =>
            {
                (task.Description, task.Value) = (p.Step, 100 * p.Share);
                if (p.Notice is { } notice)
                    console.WriteLine(notice);
            }),
            cancellation);
    }

    void Report(AblationResult result)
    {
        var report = new RobustnessReport
        {
            Title = $"{nameof(FiveStrengths)} on {settings.Dataset}",
            Dataset = settings.Description,
            Command = settings.Command,
            Result = result,
            Timings = timings,
            ClassNames = settings.Data is null ? TextureShapes.ClassNames : Mnist.ClassNames,
        };
        report.Write(settings.Output);
        ConsoleReport.Write(report, console);
        console.WriteLine($"The whole report: {Path.Combine(settings.Output, "report.html")}");
    }
}
