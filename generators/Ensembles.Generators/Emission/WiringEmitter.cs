using Ensembles.Generators.Models;

namespace Ensembles.Generators.Emission;

/// <summary>Writes fields, constructors and property bodies.</summary>
static class WiringEmitter
{
    public static void Write(SourceWriter writer, EnsembleModel ensemble)
    {
        WriteFields(writer, ensemble);
        WriteConstructor(writer, ensemble);
        WriteDerivingConstructor(writer, ensemble);
        WriteProperties(writer, ensemble);
    }

    static void WriteFields(SourceWriter writer, EnsembleModel ensemble)
    {
        foreach (var component in ensemble.Components.Where(component => !component.IsInherited))
        {
            writer.Write($"""
                [global::TorchSharp.Utils.ComponentName(Name = "{component.Name}")]
                private readonly {component.Defense.Type} {Code.Identifier(component.Field)};

                """);
        }

        writer.Write("// Buffers: saved, loaded and moved with the ensemble. What derives from it has its own.");
        foreach (var component in ensemble.Components)
        {
            if (component.Gate is { } gate)
                writer.Write($"private {Code.Tensor} {gate.ThresholdField} = null!;");
        }

        writer.Write(ensemble.IsFitted
            ? $"private readonly {Code.Core}.FittedVote {ensemble.WeightsField} = null!;\n"
            : $"private {Code.Tensor} {ensemble.WeightsField} = null!;\n");
    }

    static void WriteConstructor(SourceWriter writer, EnsembleModel ensemble)
    {
        writer.Write("/// <summary>Wires the ensemble. It owns its components: disposing it disposes them.</summary>");
        WriteSignature(writer, ensemble, ensemble.ConstructorAccessibility);
        using var body = writer.Braces($"""
            )
                : this("{ensemble.Name}"{Arguments(ensemble.Components)})
            """);
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

    /// <summary>
    /// Writes the constructor that takes the components and no more: those of an ensemble that derives from this one
    /// are wired there, all at once.
    /// </summary>
    static void WriteDerivingConstructor(SourceWriter writer, EnsembleModel ensemble)
    {
        var own = ensemble.Components.Where(component => !component.IsInherited).ToList();
        writer.Write($"""

            /// <summary>Takes the components, which an ensemble that derives from this one wires itself.</summary>
            /// <param name="{ensemble.NameParameter}">The name of the ensemble.</param>
            """);
        WriteSignature(writer, ensemble, ensemble.DerivingAccessibility, $"string {ensemble.NameParameter}");
        using var body = writer.Braces($"""
            )
                : base({ensemble.NameParameter}{Arguments(ensemble.Components.Where(part => part.IsInherited))})
            """);
        foreach (var component in own)
            writer.Write($"global::System.ArgumentNullException.ThrowIfNull({Code.Identifier(component.Parameter)});");
        writer.WriteLine();
        foreach (var component in own)
            writer.Write($"this.{Code.Identifier(component.Field)} = {Code.Identifier(component.Parameter)};");
    }

    static void WriteSignature(
        SourceWriter writer, EnsembleModel ensemble, string accessibility, string? first = null)
    {
        foreach (var component in ensemble.Components)
        {
            writer.Write($"""
                /// <param name="{component.Parameter}">The {component.Role.Word} {component.Name}.</param>
                """);
        }

        writer.Append($"""
            {Code.Generated}
            {accessibility} {Code.Identifier(ensemble.Name)}(
            """);
        var parameters = ensemble.Components
            .Select(component => $"{component.Defense.Type} {Code.Identifier(component.Parameter)}");
        var before = "\n    ";
        foreach (var parameter in first is null ? parameters : parameters.Prepend(first))
        {
            writer.Append($"{before}{parameter}");
            before = ",\n    ";
        }
    }

    static string Arguments(IEnumerable<ComponentModel> components) =>
        string.Concat(components.Select(component => $", {Code.Identifier(component.Parameter)}"));

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
        foreach (var component in ensemble.Components.Where(component => !component.IsInherited))
        {
            var (name, field) = (Code.Identifier(component.Name), Code.Identifier(component.Field));
            writer.Write($"""

                {Code.Generated}
                {component.Modifiers!} {component.Defense.Type} {name} => this.{field};
                """);
        }
    }
}
