namespace Ensembles.Generators.Parsing;

/// <summary>Gives out names that nothing else has.</summary>
/// <param name="inherited">Names that are taken, in a set that scopes share.</param>
/// <param name="own">More names that are taken.</param>
sealed class NameScope(ISet<string> inherited, IEnumerable<string> own)
{
    readonly HashSet<string> taken = [.. own];

    /// <summary>The name wanted, with as many underscores behind it as it takes.</summary>
    public string Claim(string wanted)
    {
        while (inherited.Contains(wanted) || !taken.Add(wanted))
            wanted += "_";
        return wanted;
    }

    /// <summary>A name that begins in lower case: "falsePositives" for "FalsePositives".</summary>
    public string ClaimCamelCase(string name) => Claim(char.ToLowerInvariant(name[0]) + name.Substring(1));
}
