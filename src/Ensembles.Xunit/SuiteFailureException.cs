namespace Ensembles.Xunit;

/// <summary>A test of an ablation suite that fails, in the words of its failure; of no one test framework.</summary>
/// <param name="message">What does not hold, with the numbers.</param>
/// <param name="place">
/// The line of a stack trace that leads to the declaration of what the test is about; null where its place is not
/// known.
/// </param>
public sealed class SuiteFailureException(string message, string? place = null) : Exception(message)
{
    /// <summary>The stack trace, which begins where the declaration is written: editors open that.</summary>
    public override string? StackTrace => string.Join('\n', new[] { place, base.StackTrace }.OfType<string>());
}
