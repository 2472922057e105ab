using Ensembles.Generators.Models;

namespace Ensembles.Generators.Emission;

/// <summary>Writes how a lineup is compiled: with its rule, weights and thresholds as they are at that moment.</summary>
static class CompileEmitter
{
    public static void Write(SourceWriter writer, Lineup lineup)
    {
        using var method = writer.Braces($"""

            /// <inheritdoc/>
            {Code.Generated}
            public override {Code.Core}.CompiledEnsemble Compile({Code.Core}.CompileOptions options)
            """);
        var script = WriteScript(writer, lineup);
        var weights = lineup.Weights();
        if (lineup.IsMemberLeftOut)
        {
            writer.Write($"""
                using var scope = {Code.Torch}.NewDisposeScope();
                var remaining = {weights};
                """);
            weights = "remaining / remaining.sum()";
        }

        var thresholds = $"[{Code.Join(lineup.Gates, lineup.Threshold)}]";
        writer.Write($"return {Code.Core}.CompiledEnsemble.Of<{lineup.Ensemble.Rule}>(this, {weights}, {lineup.Quorum}, {thresholds}, {script}, options);");
    }

    /// <summary>The constant with the vote and the gates in TorchScript, or "null" where the rule has no script.</summary>
    static string WriteScript(SourceWriter writer, Lineup lineup)
    {
        if (lineup.Ensemble.VoteScript is not { } rule)
            return "null";
        var gates = lineup.Gates.Count == 0 ? "" : $" Gates: {Names(lineup.Gates)}.";
        writer.Write($"// {lineup.Ensemble.RuleName} of {Names(lineup.Members)}.{gates}");
        using (writer.Indented("const string vote = \"\"\""))
        {
            writer.Write(VoteScriptEmitter.Emit(rule, lineup.Members.Count, lineup.Quorum, lineup.Gates.Count));
            writer.Write("\"\"\";");
        }

        return "vote";
    }

    static string Names(IEnumerable<ComponentModel> components) => Code.Join(components, component => component.Name);
}
