namespace Ensembles.Evaluation;

/// <summary>How far a study has come.</summary>
/// <param name="Step">What is being done, as text for people.</param>
/// <param name="Share">The share of all work that is done, in [0, 1].</param>
public sealed record StudyProgress(string Step, double Share)
{
    /// <summary>
    /// What should be read also when the step is over, in a sentence; null for nothing. A unit that was stored and is
    /// damaged is said here.
    /// </summary>
    public string? Notice { get; init; }
}

/// <summary>Reports the steps of a study, each as the same share of the whole.</summary>
sealed class StepProgress(IProgress<StudyProgress>? progress, int total)
{
    int done;
    StudyProgress last = new("", 0);

    /// <summary>Does one step, which reports its own progress from 0 to 1.</summary>
    public T Do<T>(string step, Func<IProgress<double>, T> work)
    {
        void Report(double share) => progress?.Report(last = new StudyProgress(step, (done + share) / total));
        Report(0);
        var result = work(new ImmediateProgress<double>(Report));
        done++;
        Report(0);
        return result;
    }

    /// <summary>Says something beside the steps.</summary>
    public void Notice(string sentence) => progress?.Report(last with { Notice = sentence });

    /// <inheritdoc cref="Do{T}(string, Func{IProgress{double}, T})"/>
    public void Do(string step, Action<IProgress<double>> work) => Do(step, share =>
    {
        work(share);
        return true;
    });
}
