using Ensembles.Generators.Models;

namespace Ensembles.Generators.Emission;

/// <summary>Writes fields, constructor and property bodies.</summary>
static class WiringEmitter
{
    public static void Write(SourceWriter writer, EnsembleModel ensemble)
    {
        WriteFields(writer, ensemble);
        WriteConstructor(writer, ensemble);
        WriteProperties(writer, ensemble);
    }

    static void WriteFields(SourceWriter writer, EnsembleModel ensemble)
    {
        foreach (var component in ensemble.Components)
        {
            writer.Write($"""
                [global::TorchSharp.Utils.ComponentName(Name = "{component.Name}")]
                private readonly {component.Defense.Type} {Code.Identifier(component.Field)};

                """);
        }

        writer.Write("// Buffers: saved, loaded and moved with the ensemble.");
        foreach (var component in ensemble.Components)
        {
            if (component.Gate is { } gate)
                writer.Write($"private {Code.Tensor} {gate.ThresholdField};");
        }

        writer.Write(ensemble.IsFitted
            ? $"private readonly {Code.Core}.FittedVote {ensemble.WeightsField};\n"
            : $"private {Code.Tensor} {ensemble.WeightsField};\n");
    }

    static void WriteConstructor(SourceWriter writer, EnsembleModel ensemble)
    {
        writer.Write("/// <summary>Wires the ensemble. It owns its components: disposing it disposes them.</summary>");
        foreach (var component in ensemble.Components)
        {
            writer.Write($"""
                /// <param name="{component.Parameter}">The {component.Role.Word} {component.Name}.</param>
                """);
        }

        writer.Append($"""
            {Code.Generated}
            {ensemble.ConstructorAccessibility} {Code.Identifier(ensemble.Name)}(
            """);
        var before = "\n    ";
        foreach (var component in ensemble.Components)
        {
            writer.Append($"{before}{component.Defense.Type} {Code.Identifier(component.Parameter)}");
            before = ",\n    ";
        }

        using var body = writer.Braces($"""
            )
                : base("{ensemble.Name}")
            """);
        foreach (var component in ensemble.Components)
            writer.Write($"global::System.ArgumentNullException.ThrowIfNull({Code.Identifier(component.Parameter)});");
        writer.WriteLine();
        foreach (var component in ensemble.Components)
            writer.Write($"this.{Code.Identifier(component.Field)} = {Code.Identifier(component.Parameter)};");
        foreach (var component in ensemble.Components)
        {
            if (component.Gate is { } gate)
                writer.Write(
                    $"this.{gate.ThresholdField} = {Code.Core}.GateThreshold.Uncalibrated().DetachFromDisposeScope();");
        }

        WriteWeights(writer, ensemble);
        writer.Write($"""
            this.RegisterComponents();
            {Code.Core}.SurrogateGradient.AttachAll(this);
            """);
    }

    static void WriteWeights(SourceWriter writer, EnsembleModel ensemble)
    {
        if (ensemble.IsFitted)
        {
            var members = Code.Literal(ensemble.Components.Count(component => component.Member is not null));
            writer.Write($"this.{ensemble.WeightsField} = {Code.Core}.FittedVote.Of<{ensemble.Rule}>({members});");
            return;
        }

        var sum = ensemble.Components.Sum(component => component.Member?.Weight ?? 0);
        writer.Append($"this.{ensemble.WeightsField} = {Code.Torch}.tensor(new float[] {{ ");
        var before = "";
        foreach (var component in ensemble.Components)
        {
            if (component.Member is not { } member)
                continue;
            writer.Append($"{before}{Code.Literal(member.Share(sum))}");
            before = ", ";
        }

        writer.Write(" }).DetachFromDisposeScope();");
    }

    static void WriteProperties(SourceWriter writer, EnsembleModel ensemble)
    {
        foreach (var component in ensemble.Components)
        {
            var (name, field) = (Code.Identifier(component.Name), Code.Identifier(component.Field));
            writer.Write($"""

                {Code.Generated}
                {component.Modifiers} {component.Defense.Type} {name} => this.{field};
                """);
        }
    }
}
