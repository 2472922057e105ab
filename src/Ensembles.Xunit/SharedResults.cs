using System.Collections.Concurrent;
using Ensembles.Evaluation;

namespace Ensembles.Xunit;

/// <summary>One result for each suite class, whoever asks first; a failure is kept too, and thrown at everyone who asks.</summary>
static class SharedResults
{
    static readonly ConcurrentDictionary<Type, Lazy<AblationResult>> results = new();
    static readonly Lock oneAtATime = new();

    public static AblationResult Of(Type suite, Func<AblationResult> compute) => results.GetOrAdd(suite, _ => new Lazy<AblationResult>(() =>
    {
        // Studies draw from one generator and need all the processor there is.
        lock (oneAtATime)
            return compute();
    })).Value;
}
