using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Times contenders that take turns, so that a busy moment of the machine hits all of them, and keeps the least time of
/// each: whatever disturbs a turn makes it longer.
/// </summary>
static class PairedTurns
{
    /// <summary>
    /// Milliseconds for all turns together, and how long a contender calls in one; the fewest turns of each, behind its
    /// first calls, and where one round of turns takes long already.
    /// </summary>
    const double Whole = 50;
    const double Turn = 1;
    const int Fewest = 3;
    const int FewestOfLong = 1;
    const double Long = 150;

    /// <summary>The least milliseconds of a call of each contender.</summary>
    /// <param name="clock">Reads milliseconds.</param>
    /// <param name="contenders">What is timed; tensors made in a call are disposed behind it.</param>
    /// <param name="isClear">Whether more turns than the fewest would change nothing; null for never.</param>
    public static double[] Least(
        Func<double> clock, IReadOnlyList<Action> contenders, Func<double[], bool>? isClear = null)
    {
        var least = contenders.Select(contender => Time(clock, contender, 1)).ToArray();
        if (least.Sum() < Long)
            Round([.. least.Select(_ => 1)]);
        var calls = least.Select(time => (int)Math.Ceiling(Turn / Math.Max(time, 1e-3))).ToArray();
        var once = least.Zip(calls, (time, count) => time * count).Sum();
        var fewest = once < Long ? Fewest : FewestOfLong;
        for (var round = 0; round < Math.Max((int)(Whole / once), fewest); round++)
        {
            if (round >= fewest && isClear?.Invoke(least) == true)
                break;
            Round(calls);
        }

        return least;

        void Round(int[] calls)
        {
            for (var c = 0; c < least.Length; c++)
                least[c] = Math.Min(least[c], Time(clock, contenders[c], calls[c]));
        }
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
