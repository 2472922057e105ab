namespace Ensembles.Evaluation;

/// <summary>How an evaluation is run.</summary>
public sealed record EvaluationOptions
{
    /// <summary>One seed reproduces a run bit for bit on one machine.</summary>
    public int Seed { get; init; }

    /// <summary>Images evaluated at once.</summary>
    public int BatchSize { get; init; } = 128;

    /// <summary>k, the fresh draws a randomised defense is judged in; a deterministic one is judged once.</summary>
    public int Draws { get; init; } = 10;

    /// <summary>How much is spent on checking the attacks.</summary>
    public CheckBudget Checks { get; init; }

    /// <summary>
    /// Where finished units are kept, from which a run that was stopped is taken up; null to keep none.
    /// </summary>
    public string? ResultsFolder { get; init; }

    /// <summary>Receives the share of the work done, in [0, 1].</summary>
    public IProgress<double>? Progress { get; init; }

    /// <summary>
    /// Receives what should be read beside the result, in sentences: that a stored unit is damaged and is computed
    /// again. The trace receives it where this is null.
    /// </summary>
    public IProgress<string>? Notices { get; init; }

    /// <summary>Stops the evaluation with an <see cref="OperationCanceledException"/>.</summary>
    public CancellationToken Cancellation { get; init; }
}
