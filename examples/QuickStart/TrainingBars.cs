using System.Diagnostics;
using Ensembles.Evaluation;
using Ensembles.Training;
using Spectre.Console;

namespace QuickStart;

/// <summary>A bar for each component while it trains, and its time. Components that are loaded need none.</summary>
sealed class TrainingBars(ProgressContext progress, List<Timing> timings) : IProgress<TrainingProgress>
{
    readonly Stopwatch clock = new();
    ProgressTask? task;
    string? name;

    /// <summary>The component's name stands before the stage.</summary>
    public void Report(TrainingProgress value)
    {
        var parts = value.Stage.Split(": ", 2);
        if (task is null || parts[0] != name)
        {
            Finish();
            (name, task) = (parts[0], progress.AddTask($"training {parts[0]}"));
            clock.Restart();
        }

        task.Description = $"training {name}: {parts[1]}, accuracy {100 * value.Accuracy:0.0}%";
        task.Value = 100 * (value.Epoch - 1 + ((double)value.Batch / value.Batches)) / value.Epochs;
    }

    /// <summary>Ends the running bar.</summary>
    public void Finish()
    {
        if (task is null)
            return;
        task.Value = 100;
        timings.Add(new Timing($"training {name}", clock.Elapsed.TotalSeconds));
        task = null;
    }
}
