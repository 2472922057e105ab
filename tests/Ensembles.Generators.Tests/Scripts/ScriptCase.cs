namespace Ensembles.Generators.Tests.Scripts;

/// <summary>A script and the vote it was written for.</summary>
sealed record ScriptCase(string Rule, int Members, int Quorum, int Gates, string Text)
{
    static readonly int[] memberCounts = [1, 2, 3, 4, 5, 8];
    static readonly int[] gateCounts = [0, 1, 3];

    /// <summary>Every shipped rule with different numbers of members and gates.</summary>
    public static IReadOnlyList<ScriptCase> All { get; } =
    [
        .. from rule in ScriptTrial.Rules
           from members in memberCounts
           where members <= 2 || rule != nameof(MixedNuts)
           from gates in gateCounts
           let quorum = 1 + members / 2
           select new ScriptCase(rule, members, quorum, gates, ScriptTrial.Text(rule, members, quorum, gates)),
    ];

    public string Name => $"{Rule}_{Members}_{Quorum}_{Gates}";
}
