namespace Ensembles.Evaluation;

/// <summary>
/// Steps that several processes share by their folder of finished units: each does what nobody else is doing, and takes
/// up what others have finished.
/// </summary>
/// <param name="progress">Shows them.</param>
/// <param name="folder">Where finished units are kept; without one all steps are done here, in order.</param>
/// <param name="cancellation">Ends it, also while waiting.</param>
sealed class SharedSteps(StepProgress progress, UnitFolder folder, CancellationToken cancellation)
{
    /// <summary>Does all steps, each as soon as it is ready and nobody else has it.</summary>
    public void Do(IEnumerable<SharedStep> steps)
    {
        List<SharedStep> open = [.. steps];
        while (open.Count > 0)
        {
            var done = open.FindIndex(step =>
                step.IsReady() && folder.TryDo(step.Claim, () => progress.Do(step.Name, step.Work)));
            if (done >= 0)
            {
                open.RemoveAt(done);
                continue;
            }

            cancellation.WaitHandle.WaitOne(FileClaim.Patience);
            cancellation.ThrowIfCancellationRequested();
        }
    }
}

/// <summary>A step of a study.</summary>
/// <param name="Claim">The name it is claimed by.</param>
/// <param name="Name">What is being done, for people.</param>
/// <param name="IsReady">Whether everything that it stands on has been done, here or elsewhere.</param>
/// <param name="Work">Does it, or takes up what was stored.</param>
sealed record SharedStep(string Claim, string Name, Func<bool> IsReady, Action<IProgress<double>> Work)
{
    /// <summary>A step that stands on nothing but the steps before.</summary>
    public static SharedStep Of(string claim, string name, Action work) => new(claim, name, () => true, _ => work());
}
