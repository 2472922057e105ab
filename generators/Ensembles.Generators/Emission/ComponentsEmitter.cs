using Ensembles.Generators.Models;

namespace Ensembles.Generators.Emission;

/// <summary>Writes who decides together.</summary>
static class ComponentsEmitter
{
    public static void Write(SourceWriter writer, EnsembleModel ensemble)
    {
        writer.Append($"""

            /// <inheritdoc/>
            {Code.Generated}
            public override {Code.Core}.Components Components => new(
            """);
        var rule = ensemble.IsFitted ? "" : $"{Code.Core}.VotingRule.From<{ensemble.Rule}>(), ";
        var quorum = Code.Literal(ensemble.Quorum);
        using var items = writer.Brackets($"], {rule}this.{ensemble.WeightsField}, quorum: {quorum});");
        foreach (var component in ensemble.Components)
        {
            writer.Append($"""new("{component.Name}", this.{Code.Identifier(component.Name)}""");
            if (component.IsEnsemble)
                writer.Append(".Components");
            if (component.Gate is { } gate)
                writer.Append($", this.{gate.ThresholdField}{(gate.IsBehindFronts ? ", behindFronts: true" : "")}");
            writer.Write("),");
        }
    }
}
