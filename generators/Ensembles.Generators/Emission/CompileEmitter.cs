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
        writer.Write($"return {Code.Core}.CompiledEnsemble.Of<{lineup.Ensemble.Rule}>(this, {weights}, {lineup.Quorum}, {thresholds}, options);");
    }
}
