using System.Diagnostics;
using Ensembles.Evaluation;
using Ensembles.Training;
using Spectre.Console;

namespace Ensembles.App;

/// <summary>
/// Shows how far a run has come, on the error stream: bars with the time left on a terminal, a line for each step
/// elsewhere.
/// </summary>
sealed class Steps
{
    readonly List<Timing> timings = [];
    readonly Stopwatch clock = new();
    readonly IAnsiConsole console;
    ProgressContext? bars;
    ProgressTask? bar;
    string step = "";

    /// <param name="console">Where they are shown.</param>
    public Steps(IAnsiConsole console) => this.console = console;

    /// <summary>How long each training took.</summary>
    public IReadOnlyList<Timing> Timings => timings;

    /// <summary>Does the work and shows its steps meanwhile.</summary>
    public T Show<T>(Func<T> work)
    {
        if (!console.Profile.Capabilities.Interactive || !console.Profile.Capabilities.Ansi)
            return work();
        return console.Progress()
            .Columns(
                new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(), new PercentageColumn(),
                new ElapsedTimeColumn(), new RemainingTimeColumn())
            .Start(context =>
            {
                bars = context;
                try
                {
                    return work();
                }
                finally
                {
                    Finish();
                    bars = null;
                }
            });
    }

    /// <summary>Reports of a training; a component's name stands before its stage.</summary>
    public IProgress<TrainingProgress> OfTraining => new ImmediateProgress<TrainingProgress>(now =>
    {
        var name = now.Stage.Split(": ", 2)[0];
        Begin($"training {name}", now.Stage, isTraining: true);
        Set(
            FormattableString.Invariant($"training {now.Stage}, accuracy {100 * now.Accuracy:0.0}%"),
            (now.Epoch - 1 + ((double)now.Batch / now.Batches)) / now.Epochs);
    });

    /// <summary>Reports of a study, a search or an evaluation.</summary>
    public IProgress<StudyProgress> OfStudy => new ImmediateProgress<StudyProgress>(now =>
    {
        if (bars is null)
            Begin(now.Step, now.Step, isTraining: false, now.Share);
        else
            Begin("attacking", "", isTraining: false);
        Set(now.Step, now.Share);
        if (now.Notice is { } notice)
            console.WriteLine(notice);
    });

    /// <summary>Ends the running step.</summary>
    public void Finish()
    {
        if (step.StartsWith("training", StringComparison.Ordinal))
            timings.Add(new Timing(step, clock.Elapsed.TotalSeconds));
        if (bar is not null)
            bar.Value = bar.MaxValue;
        (bar, step) = (null, "");
    }

    void Begin(string next, string line, bool isTraining, double share = double.NaN)
    {
        if (next == step)
            return;
        Finish();
        step = next;
        clock.Restart();
        bar = bars?.AddTask(Spectre.Console.Markup.Escape(next));
        if (bars is null)
            console.WriteLine(
                isTraining ? $"training {line}" : FormattableString.Invariant($"{100 * share,3:0}% {line}"));
    }

    void Set(string description, double share)
    {
        if (bar is null)
            return;
        bar.Description = Spectre.Console.Markup.Escape(description);
        bar.Value = 100 * share;
    }
}
