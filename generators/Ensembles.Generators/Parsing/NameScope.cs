namespace Ensembles.Generators.Parsing;

/// <summary>Gives out names that nothing else has.</summary>
sealed class NameScope(IEnumerable<string> taken)
{
    readonly HashSet<string> taken = [.. taken];

    /// <summary>The name wanted, with as many underscores behind it as it takes.</summary>
    public string Claim(string wanted)
    {
        while (!taken.Add(wanted))
            wanted += "_";
        return wanted;
    }

    /// <summary>A name that begins in lower case: "falsePositives" for "FalsePositives".</summary>
    public string ClaimCamelCase(string name) => Claim(char.ToLowerInvariant(name[0]) + name.Substring(1));
}
