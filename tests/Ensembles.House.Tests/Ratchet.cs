namespace Ensembles.House.Tests;

/// <summary>A rule with a list of those who do not follow it yet. The list only becomes shorter.</summary>
static class Ratchet
{
    /// <summary>Fails for an offender that is not on the list, and for a name on it that does not offend.</summary>
    public static void Holds(
        string rule, IEnumerable<string> offenders, string[] notYet, Func<string, IEnumerable<string>> examples)
    {
        var found = offenders.Distinct().ToList();
        var problems = found.Except(notYet)
            .Select(name => $"{name}\n    {string.Join("\n    ", examples(name).Take(5))}")
            .Concat(notYet.Except(found).Select(name => $"\"{name}\" follows the rule now: take it off NotYet.cs."))
            .ToList();
        Assert.True(problems.Count == 0, $"{rule}\n{string.Join("\n", problems)}");
    }
}
