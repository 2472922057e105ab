using Ensembles.Generators.Models;

namespace Ensembles.Generators.Emission;

/// <summary>Writes what an attacker who knows everything about a lineup differentiates.</summary>
static class SurfaceEmitter
{
    public static void Write(SourceWriter writer, Lineup lineup)
    {
        writer.Write($"""

            /// <inheritdoc/>
            /// <remarks>A new one each time, so that it knows every module that the components have by then.</remarks>
            {Code.Generated}
            public override {Code.Core}.AttackSurface Surface => new {lineup.Ensemble.SurfaceClass}({(lineup.LeftOut is null ? "this" : "this.whole")});

            """);

        lineup = lineup.FromInside();
        using var surface = writer.Braces($"""
            /// <summary>The attack surface of {lineup.Title}.</summary>
            {Code.Generated}
            private sealed class {lineup.Ensemble.SurfaceClass} : {Code.Core}.AttackSurface
            """);
        WriteConstruction(writer, lineup);
        WriteDescription(writer, lineup);
        WriteEvaluate(writer, lineup);
    }

    static void WriteConstruction(SourceWriter writer, Lineup lineup)
    {
        var type = lineup.Ensemble.Type;
        var open = lineup.Components.Where(component => !component.Defense.IsRandomized).ToList();
        writer.Write($"private readonly {type} whole;");
        foreach (var component in open)
            writer.Write($"private readonly bool {IsRandomized(component)};");

        using var constructor = writer.Braces($"\npublic {lineup.Ensemble.SurfaceClass}({type} whole)");
        writer.Write("this.whole = whole;");
        foreach (var component in lineup.Components)
            writer.Write($"{Code.Core}.SurrogateGradient.AttachAll({lineup.Module(component)});");
        foreach (var component in open)
            writer.Write($"this.{IsRandomized(component)} = {Code.Core}.Draws.IsRandomized({lineup.Module(component)});");
        writer.Write($"this.EotSamples = {Code.Core}.Draws.EotSamples(this.Modules);");
    }

    static void WriteDescription(SourceWriter writer, Lineup lineup)
    {
        writer.Write($$"""

            /// <inheritdoc/>
            public override {{Code.ListOf}}<string> Members => [{{Code.Join(lineup.Members, member => Code.Literal(member.Name))}}];

            /// <inheritdoc/>
            public override {{Code.ListOf}}<string> Gates => [{{Code.Join(lineup.Gates, gate => Code.Literal(gate.Name))}}];

            /// <inheritdoc/>
            public override int EotSamples { get; }

            /// <inheritdoc/>
            """);
        writer.WriteList(
            $"public override global::System.Collections.Generic.IEnumerable<{Code.Torch}.nn.Module> Modules =>",
            lineup.Components.Select(component => $"{lineup.Module(component)}, .. {lineup.Module(component)}.modules()"),
            ";");
    }

    static void WriteEvaluate(SourceWriter writer, Lineup lineup)
    {
        using var method = writer.Braces($"""

            /// <inheritdoc/>
            public override {Code.Core}.SurfaceOutput Evaluate({Code.Tensor} images, int draws)
            """);

        DecisionEmitter.WriteThresholdChecks(writer, lineup);
        writer.Write($"{(lineup.Gates.Count == 0 ? "" : "\n")}using var scope = {Code.Torch}.NewDisposeScope();");
        foreach (var component in lineup.Components)
            writer.Write($"var {lineup.Output(component)} = {Drawn(lineup, component)};");
        writer.WriteLine();
        DecisionEmitter.WriteBallot(writer, lineup);
        writer.Write($$"""
            var surrogateScores = {{lineup.Ensemble.Rule}}.SurrogateScores(ballot);

            // The labels are those that forward decides; only what the attack follows has surrogates in it.
            var exact = ballot with { MemberLogits = logits.detach() };
            var labels = {{lineup.Ensemble.Rule}}.Labels(exact, {{lineup.Ensemble.Rule}}.Scores(exact));
            """);
        foreach (var gate in lineup.Gates)
            writer.Write($"labels = {Code.Core}.GateThreshold.Apply(labels, {lineup.Output(gate)}.detach(), {lineup.Threshold(gate)});");
        writer.Write($"""
            var gateScores = {DecisionEmitter.GateScores(lineup, "logits.size(1)")};
            var gateThresholds = {GateThresholds(lineup)};
            return new {Code.Core}.SurfaceOutput(logits, surrogateScores, labels, gateScores, gateThresholds).MoveToOuterDisposeScope();
            """);
    }

    static string Drawn(Lineup lineup, ComponentModel component)
    {
        string Draw(string kind) => $"{Code.Core}.Draws.{kind}({lineup.Module(component)}, images, draws)";
        return component.Defense.IsRandomized
            ? Draw("OfRandomized")
            : $"this.{IsRandomized(component)}\n    ? {Draw("OfRandomized")}\n    : {Draw("OfDeterministic")}";
    }

    static string GateThresholds(Lineup lineup) => lineup.Gates.Count == 0
        ? $"{Code.Torch}.zeros(0, device: images.device)"
        : $"{Code.Torch}.cat([{Code.Join(lineup.Gates, lineup.Threshold)}])";

    static string IsRandomized(ComponentModel component) => $"{component.Parameter}IsRandomized";
}
