namespace Ensembles.Evaluation;

/// <summary>How far a study has come.</summary>
/// <param name="Step">What is being done, as text for people.</param>
/// <param name="Share">The share of all work that is done, in [0, 1].</param>
public sealed record StudyProgress(string Step, double Share);
