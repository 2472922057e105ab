using System.Collections.Concurrent;
using Ensembles.Evaluation;

namespace Ensembles.Xunit;

/// <summary>
/// One result for each suite class, computed for the first test that asks; a failure is kept too, and thrown to every
/// test.
/// </summary>
static class SharedResults
{
    static readonly ConcurrentDictionary<Type, Lazy<AblationResult>> results = new();
    static readonly Lock oneAtATime = new();

    public static AblationResult GetOrCompute(Type suite, Func<AblationResult> compute) =>
        results.GetOrAdd(suite, _ => new Lazy<AblationResult>(() =>
        {
            // Studies draw from the process's one generator, and use the whole processor.
            lock (oneAtATime)
                return compute();
        })).Value;
}
