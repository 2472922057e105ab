using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Fuzz;

/// <summary>Makes mutants, checks them, and keeps those that fail.</summary>
sealed class Fuzzer
{
    /// <summary>
    /// How long one mutant may take: far longer than any does on a busy machine, so that only what never ends is called
    /// a hang.
    /// </summary>
    public TimeSpan Limit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>Where mutants that fail are kept.</summary>
    public string Folder { get; init; } = Path.Combine(Repository.Root, "artifacts", "fuzz");

    /// <summary>What a mutant must pass.</summary>
    public Check Check { get; init; } = new();

    /// <summary>
    /// Every so many mutants one is checked thoroughly: full compilation, and each fix that is offered.
    /// </summary>
    public int ThoroughEvery { get; init; } = 100;

    /// <summary>Called after each mutant with the number done, by one thread at a time.</summary>
    public Action<int> Progress { get; init; } = _ => { };

    /// <summary>
    /// Checks mutants from <paramref name="first"/> on, one on each processor; returns what failed, and stops at ten.
    /// </summary>
    public IReadOnlyList<string> Run(int seed, int first, int count)
    {
        Directory.CreateDirectory(Folder);
        var failures = new List<string>();
        var (next, done, stop) = (first - 1, 0, false);
        var workers = Enumerable.Range(0, Environment.ProcessorCount)
            .Select(worker => Task.Factory.StartNew(() => Work(worker), TaskCreationOptions.LongRunning));
        Task.WaitAll([.. workers]);
        return failures;

        void Work(int worker)
        {
            // Where a mutant ends the process, as a stack overflow does, one of these files has it.
            var current = Path.Combine(Folder, $"current{worker}.cs");
            while (!stop && Interlocked.Increment(ref next) is var number && number < first + count)
            {
                var mutant = Mutant.Of(seed, number);
                File.WriteAllText(current, Text(mutant));
                var checking = Task.Factory.StartNew(() =>
                    Check.Of(mutant, thoroughly: number % ThoroughEvery == 0), TaskCreationOptions.LongRunning);
                // Nothing can stop a hanging compiler: the run ends with it.
                var ended = checking.Wait(Limit);
                lock (failures)
                {
                    if ((ended ? checking.Result : $"Not done in {Limit.TotalSeconds} s.") is { } failure)
                        failures.Add(Keep(mutant, failure));
                    stop |= !ended || failures.Count == 10;
                    Progress(++done);
                }
            }
            File.Delete(current);
        }
    }

    string Keep(Mutant mutant, string failure)
    {
        var file = Path.Combine(Folder, $"seed{mutant.Seed}-{mutant.Number}.cs");
        File.WriteAllText(file, Text(mutant));
        return $"{file}\n{failure}\n\n{Text(mutant)}\n";
    }

    static string Text(Mutant mutant) =>
        $"// Seed {mutant.Seed}, mutant {mutant.Number}: {mutant.World.Name}\n{mutant.Source}";
}
