using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Times contenders that take turns, so that a busy moment of the machine hits all of them, and keeps the least time of
/// each: whatever disturbs a turn makes it longer.
/// </summary>
static class PairedTurns
{
    /// <summary>
    /// Milliseconds for all turns together; the fewest turns of each contender, and how long it calls in one.
    /// </summary>
    const double Whole = 120;
    const int Fewest = 5;
    const double Turn = 1;

    /// <summary>The least milliseconds of a call of each contender.</summary>
    /// <param name="clock">Reads milliseconds.</param>
    /// <param name="contenders">What is timed; tensors made in a call are disposed behind it.</param>
    public static double[] Least(Func<double> clock, IReadOnlyList<Action> contenders)
    {
        foreach (var contender in contenders)
            Time(clock, contender, 1);
        var once = contenders.Select(contender => Math.Max(Time(clock, contender, 1), 1e-3)).ToArray();
        var calls = once.Select(time => (int)Math.Ceiling(Turn / time)).ToArray();
        var rounds = Math.Max((int)(Whole / once.Zip(calls, (time, count) => time * count).Sum()), Fewest);
        var least = once;
        for (var round = 0; round < rounds; round++)
        {
            for (var c = 0; c < least.Length; c++)
                least[c] = Math.Min(least[c], Time(clock, contenders[c], calls[c]));
        }

        return least;
    }

    /// <summary>Milliseconds of a call, of several in a row.</summary>
    static double Time(Func<double> clock, Action action, int calls)
    {
        var start = clock();
        for (var i = 0; i < calls; i++)
        {
            using var scope = NewDisposeScope();
            action();
        }

        return (clock() - start) / calls;
    }
}
