namespace Ensembles.Evaluation;

/// <summary>How much is spent on checking the attacks of an evaluation.</summary>
public enum CheckBudget
{
    /// <summary>
    /// Every check; those that attack begin at the images that came nearest to falling, and go on as long as some fall.
    /// </summary>
    Quick,

    /// <summary>Every check, on every image that survived.</summary>
    Full,

    /// <summary>Nothing is checked: the result is not valid, and says so.</summary>
    None,
}
