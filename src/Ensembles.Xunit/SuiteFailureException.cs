namespace Ensembles.Xunit;

/// <summary>A test of an ablation suite that fails, in the words of its failure; of no one test framework.</summary>
/// <param name="message">What does not hold, with the numbers.</param>
public sealed class SuiteFailureException(string message) : Exception(message);
