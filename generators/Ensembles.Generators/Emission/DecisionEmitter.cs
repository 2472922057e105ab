using Ensembles.Generators.Models;

namespace Ensembles.Generators.Emission;

/// <summary>Writes how an ensemble decides, one statement a step.</summary>
static class DecisionEmitter
{
    public static void Write(SourceWriter writer, EnsembleModel ensemble)
    {
        var unset = ensemble.IsFitted
            ? "A gate that is not calibrated, or a vote that is not fitted."
            : "A gate that is not calibrated.";
        using var method = writer.Braces($"""

            /// <summary>Decides on images.</summary>
            /// <param name="images">Float32 [N, C, H, W] in [0, 1].</param>
            /// <returns>The decision on each image. The caller disposes it.</returns>
            /// <exception cref="global::System.ArgumentException">
            /// Images of another shape or type, or with a value outside [0, 1].
            /// </exception>
            /// <exception cref="global::System.InvalidOperationException">{unset}</exception>
            {Code.Generated}
            public override {Code.Core}.Decision forward({Code.Tensor} images)
            """);

        writer.Write($"{Code.Core}.ImageChecks.ThrowIfNotImages(images);");
        if (ensemble.IsFitted)
            writer.Write($"""this.{ensemble.WeightsField}.ThrowIfUnfitted("{ensemble.Name}");""");
        // An uncalibrated gate would reject every image.
        foreach (var component in ensemble.Components)
        {
            if (component.Gate is { } gate)
            {
                var threshold = $"this.{gate.ThresholdField}";
                writer.Write($"""{Code.Core}.GateThreshold.ThrowIfUncalibrated({threshold}, "{component.Name}");""");
            }
        }

        writer.Write($"\nusing var scope = {Code.Torch}.NewDisposeScope();");
        writer.Write("// Each is asked about images of its own, since a forward may work in place.");
        var behindFronts = "images";
        foreach (var front in ensemble.Components.Where(component => component.IsFront))
        {
            WriteAnswer(writer, front, behindFronts);
            behindFronts = front.Output;
        }

        foreach (var component in ensemble.Components.Where(component => !component.IsFront))
            WriteAnswer(writer, component, component.IsBehindFronts ? behindFronts : "images");
        if (ensemble.HasInner)
        {
            WriteVoteWithInner(writer, ensemble);
        }
        else
        {
            var weights = $"this.{ensemble.WeightsField}{(ensemble.IsFitted ? ".Numbers" : "")}";
            var settings = $"{weights}, {Code.Literal(ensemble.Quorum)}";
            writer.Append($"\nvar logits = {Code.Torch}.stack([");
            WriteOutputs(writer, ensemble, ofGates: false);
            writer.Write($"""
                ]);
                var ballot = new {Code.Core}.Ballot(logits, {settings});
                var scores = {ensemble.Rule}.Scores(ballot);
                var labels = {ensemble.Rule}.Labels(ballot, scores);
                """);
        }

        foreach (var component in ensemble.Components)
        {
            if (component.Gate is { } gate)
            {
                var threshold = $"this.{gate.ThresholdField}";
                writer.Write($"labels = {Code.Core}.GateThreshold.Apply(labels, {component.Output}, {threshold});");
            }
        }

        if (ensemble.HasInner)
        {
            WriteGatesWithInner(writer, ensemble);
        }
        else if (ensemble.Gates == 0)
        {
            writer.Write($"var gateScores = {Code.Torch}.zeros(0, images.size(0), device: images.device);");
        }
        else
        {
            writer.Append($"var gateScores = {Code.Torch}.stack([");
            WriteOutputs(writer, ensemble, ofGates: true);
            writer.Write("]);");
        }

        writer.Write($"return new {Code.Core}.Decision(scores, labels, logits, gateScores).MoveToOuterDisposeScope();");
    }

    static void WriteAnswer(SourceWriter writer, ComponentModel component, string seen) => writer.Write(
        $"var {component.Output} = {Code.Core}.{(component.IsEnsemble ? "InnerAnswer.Of" : "Draws.Answer")}("
        + $"this.{Code.Identifier(component.Name)}{(component.IsEnsemble ? ".Components" : "")}, {seen});");

    /// <summary>The vote where ensembles are among the members, which abstain where they reject.</summary>
    static void WriteVoteWithInner(SourceWriter writer, EnsembleModel ensemble)
    {
        var members = ensemble.Components.Where(component => component.Member is not null).ToList();
        string List(Func<ComponentModel, string> inner, Func<ComponentModel, string> classifier) =>
            string.Join(", ", members.Select(member => member.IsEnsemble ? inner(member) : classifier(member)));
        var all = List(inner => $"{inner.Output}.MemberLogits", member => $"{member.Output}.unsqueeze(0)");
        var said = List(inner => $"{inner.Output}.Logits", member => member.Output);
        var abstains = List(
            inner => $"{inner.Output}.Abstains", member => $"{Code.Core}.Abstention.Never({member.Output})");
        writer.Write($"""

            // An ensemble among the members abstains where it rejects, and the others decide.
            var logits = {Code.Torch}.cat([{all}]);
            var said = {Code.Torch}.stack([{said}]);
            var abstains = {Code.Torch}.stack([{abstains}]);
            var ballot = new {Code.Core}.Ballot(said, this.{ensemble.WeightsField}, {Code.Literal(ensemble.Quorum)});
            var rule = {Code.Core}.VotingRule.From<{ensemble.Rule}>();
            var (scores, labels) = {Code.Core}.Abstention.Vote(rule, ballot, abstains);
            """);
    }

    static void WriteGatesWithInner(SourceWriter writer, EnsembleModel ensemble)
    {
        var all = ensemble.Components
            .Where(component => component.Gate is not null)
            .Select(gate => $"{gate.Output}.unsqueeze(0)")
            .Concat(ensemble.Components
                .Where(component => component.IsEnsemble)
                .Select(inner => $"{inner.Output}.GateScores"));
        writer.Write($"var gateScores = {Code.Torch}.cat([{string.Join(", ", all)}]);");
    }

    static void WriteOutputs(SourceWriter writer, EnsembleModel ensemble, bool ofGates)
    {
        var before = "";
        foreach (var component in ensemble.Components)
        {
            if (component.IsFront || component.Gate is not null != ofGates)
                continue;
            writer.Append($"{before}{component.Output}");
            before = ", ";
        }
    }
}
