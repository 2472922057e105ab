using Ensembles.Generators.Models;

namespace Ensembles.Generators.Emission;

/// <summary>Writes who decides together, and what is made of it: the plan, the attack surface and the lists of components.</summary>
static class LineupEmitter
{
    public static void Write(SourceWriter writer, EnsembleModel ensemble)
    {
        WriteLineup(writer, ensemble);
        WriteCompilation(writer, ensemble);
        writer.Write($"""

            /// <inheritdoc/>
            /// <remarks>A new one each time, so that it knows every module that the components have by then.</remarks>
            {Code.Generated}
            public override {Code.Core}.AttackSurface Surface => {Code.Core}.AttackSurface.Of<{ensemble.Rule}>(this.{ensemble.LineupMethod});

            /// <inheritdoc/>
            {Code.Generated}
            public override {Code.ListOf}<{Code.Core}.Named<{Code.Core}.Classifier>> Members => this.{ensemble.LineupMethod}().Members;

            /// <inheritdoc/>
            {Code.Generated}
            public override {Code.ListOf}<{Code.Core}.Named<{Code.Core}.Detector>> Gates => this.{ensemble.LineupMethod}().Gates;
            """);
    }

    static void WriteLineup(SourceWriter writer, EnsembleModel ensemble)
    {
        writer.Append($"""

            /// <summary>Who decides, with the weights and thresholds of this moment.</summary>
            {Code.Generated}
            private {Code.Core}.Lineup {ensemble.LineupMethod}() => new(
            """);
        using (writer.Brackets($"], this.{ensemble.WeightsField}, quorum: {Code.Literal(ensemble.Quorum)});"))
        {
            foreach (var component in ensemble.Components)
            {
                writer.Append($"""new("{component.Name}", this.{Code.Identifier(component.Name)}""");
                writer.Write(component.Gate is { } gate ? $", this.{gate.ThresholdField})," : "),");
            }
        }
    }

    static void WriteCompilation(SourceWriter writer, EnsembleModel ensemble)
    {
        writer.Append($"""

            /// <inheritdoc/>
            {Code.Generated}
            public override {Code.Core}.CompiledEnsemble Compile({Code.Core}.CompileOptions options) =>
                {Code.Core}.CompiledEnsemble.Of<{ensemble.Rule}>(this, this.{ensemble.WeightsField}, {Code.Literal(ensemble.Quorum)}, [
            """);
        var before = "";
        foreach (var component in ensemble.Components)
        {
            if (component.Gate is not { } gate)
                continue;
            writer.Append($"{before}this.{gate.ThresholdField}");
            before = ", ";
        }

        writer.Write("], options);");
    }
}
