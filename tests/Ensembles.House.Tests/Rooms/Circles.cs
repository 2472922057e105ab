namespace Ensembles.House.Tests.Rooms;

/// <summary>Ways through the rooms of a project that come back to where they began.</summary>
static class Circles
{
    /// <summary>
    /// Each pair of rooms that use each other, "A &lt;-&gt; B"; then, of what is left, the shortest way round through
    /// each use that lies on one, "A -> B -> C -> A".
    /// </summary>
    public static IEnumerable<string> In(IEnumerable<(string From, string To)> uses)
    {
        var edges = uses.Where(use => use.From != use.To).ToHashSet();
        var pairs = edges.Where(edge => edges.Contains((edge.To, edge.From))).ToList();
        var left = edges.Except(pairs).ToLookup(edge => edge.From, edge => edge.To);
        var mutual = pairs
            .Where(pair => string.CompareOrdinal(pair.From, pair.To) < 0)
            .Select(pair => $"{pair.From} <-> {pair.To}");
        var longer = edges.Except(pairs)
            .Select(edge => Way(edge.To, edge.From, left))
            .OfType<List<string>>()
            .Select(Name);
        return mutual.Concat(longer).Distinct().Order(StringComparer.Ordinal);
    }

    /// <summary>The rooms on a shortest way, both ends included; null if there is none.</summary>
    static List<string>? Way(string from, string to, ILookup<string, string> uses)
    {
        var before = new Dictionary<string, string?> { [from] = null };
        var queue = new Queue<string>([from]);
        while (queue.TryDequeue(out var room))
        {
            if (room == to)
            {
                var way = new List<string>();
                for (var at = room; at is not null; at = before[at])
                    way.Insert(0, at);
                return way;
            }

            foreach (var next in uses[room].Order(StringComparer.Ordinal).Where(next => before.TryAdd(next, room)))
                queue.Enqueue(next);
        }

        return null;
    }

    /// <summary>A circle's name begins at the room that comes first in the alphabet, wherever it was entered.</summary>
    static string Name(List<string> circle)
    {
        var start = circle.IndexOf(circle.Min(StringComparer.Ordinal)!);
        var turned = circle.Skip(start).Concat(circle.Take(start)).ToList();
        return string.Join(" -> ", turned.Append(turned[0]));
    }
}
