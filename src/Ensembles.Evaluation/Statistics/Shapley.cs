using System.Numerics;

namespace Ensembles.Evaluation;

/// <summary>
/// How the worth of a team is shared among its players, by what each adds to every team of the others (Shapley 1953).
/// </summary>
/// <remarks>
/// A team of n players is a bit mask; its worth stands at that place of an array of 2^n. The shares of all add up to
/// the worth of all less that of nobody; who adds to no team gets nothing; players who add the same get the same.
/// </remarks>
public static class Shapley
{
    /// <summary>
    /// Each player's share, phi_i = sum over teams S without i of |S|! (n - |S| - 1)! / n! (v(S + i) - v(S)).
    /// </summary>
    /// <param name="worth">v, of all 2^n teams.</param>
    /// <exception cref="ArgumentException">Not 2^n figures.</exception>
    public static double[] Shares(IReadOnlyList<double> worth)
    {
        var players = PlayersOf(worth);
        var shares = new double[players];
        for (var team = 0; team < worth.Count; team++)
        {
            for (var i = 0; i < players; i++)
            {
                if ((team >> i & 1) == 0)
                    shares[i] += Weight(team, players) * (worth[team | 1 << i] - worth[team]);
            }
        }

        return shares;
    }

    /// <summary>
    /// What two players add together beyond what each adds alone, I_ij = sum over teams S without both of
    /// |S|! (n - |S| - 2)! / (n - 1)! (v(S + ij) - v(S + i) - v(S + j) + v(S)) (Grabisch, Roubens 1999). Below 0 they
    /// do the same work.
    /// </summary>
    /// <param name="worth">v, of all 2^n teams.</param>
    /// <param name="i">A player.</param>
    /// <param name="j">Another one.</param>
    /// <exception cref="ArgumentException">Not 2^n figures.</exception>
    public static double Interaction(IReadOnlyList<double> worth, int i, int j)
    {
        var players = PlayersOf(worth);
        var both = 1 << i | 1 << j;
        var sum = 0.0;
        for (var team = 0; team < worth.Count; team++)
        {
            if ((team & both) == 0)
            {
                sum += Weight(team, players - 1)
                    * (worth[team | both] - worth[team | 1 << i] - worth[team | 1 << j] + worth[team]);
            }
        }

        return sum;
    }

    /// <summary>|S|! (n - |S| - 1)! / n!, the share of the orders in which S comes first and one player next.</summary>
    static double Weight(int team, int players)
    {
        // 1 / (n binomial(n - 1, |S|))
        var weight = 1.0 / players;
        var size = BitOperations.PopCount((uint)team);
        for (var k = 1; k <= size; k++)
            weight *= (double)k / (players - k);
        return weight;
    }

    static int PlayersOf(IReadOnlyList<double> worth) => BitOperations.IsPow2(worth.Count) && worth.Count > 1
        ? BitOperations.Log2((uint)worth.Count)
        : throw new ArgumentException(
            $"n players make 2^n teams, and each has a worth; {worth.Count} were given.", nameof(worth));
}
