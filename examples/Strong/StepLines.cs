using Ensembles.Evaluation;

namespace Strong;

/// <summary>A line for each step, with the time it began at.</summary>
static class StepLines
{
    /// <summary>Writes a line whenever the step changes.</summary>
    public static Action<StudyProgress> Write()
    {
        var last = "";
        return now =>
        {
            if (now.Step != last)
                Console.WriteLine($"{DateTime.Now:HH:mm:ss} {100 * now.Share:0}% {last = now.Step}");
            if (now.Notice is { } notice)
                Console.WriteLine(notice);
        };
    }
}
