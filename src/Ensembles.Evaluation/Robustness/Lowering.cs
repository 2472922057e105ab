namespace Ensembles.Evaluation;

/// <summary>
/// Images that the attacks of an evaluation left and something else broke: they are broken all the same.
/// </summary>
/// <param name="Source">What broke them: the name of a check, or the defense they were made against.</param>
/// <param name="Images">How many.</param>
public sealed record Lowering(string Source, int Images);
