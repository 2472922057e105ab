namespace Ensembles.Generators.Tests.Scripts;

/// <summary>An emitted script and the declaration it was emitted for.</summary>
public sealed record ScriptCase(string Rule, int Members, int Quorum, int Gates, string Text)
{
    public string Name => $"{Rule}_{Members}_{Quorum}_{Gates}";
}
