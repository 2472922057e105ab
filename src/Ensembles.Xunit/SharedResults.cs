using System.Collections.Concurrent;
using Ensembles.Evaluation;

namespace Ensembles.Xunit;

/// <summary>
/// One result for each suite class, computed for the first test that asks; a failure is kept too, and thrown to every
/// test.
/// </summary>
static class SharedResults
{
    static readonly ConcurrentDictionary<Type, Lazy<SuiteResult>> results = new();
    static readonly Lock oneAtATime = new();

    public static SuiteResult GetOrCompute(Type suite, Func<SuiteResult> compute) =>
        results.GetOrAdd(suite, _ => new Lazy<SuiteResult>(() =>
        {
            // Studies draw from the process's one generator, and use the whole processor.
            lock (oneAtATime)
                return compute();
        })).Value;
}

/// <summary>What a suite's tests share.</summary>
/// <param name="Result">What the study found.</param>
/// <param name="CleanAccuracyFloor">What clean accuracy is to reach.</param>
sealed record SuiteResult(AblationResult Result, double CleanAccuracyFloor);
