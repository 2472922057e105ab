namespace Ensembles.Generators.Emission;

/// <summary>Writes fields, constructor and property bodies.</summary>
static class WiringEmitter
{
    public static void Write(SourceWriter writer, Lineup whole)
    {
        WriteFields(writer, whole);
        WriteConstructor(writer, whole);
        WriteProperties(writer, whole);
    }

    static void WriteFields(SourceWriter writer, Lineup whole)
    {
        foreach (var component in whole.Components)
        {
            writer.Write($"""
                [global::TorchSharp.Utils.ComponentName(Name = {Code.Literal(component.Name)})]
                private readonly {component.Defense.Type} {Code.Identifier(component.Field)};

                """);
        }

        writer.Write("// Buffers: saved, loaded and moved with the ensemble.");
        foreach (var gate in whole.Gates)
            writer.Write($"private {Code.Tensor} {gate.Gate!.ThresholdField};");
        writer.Write($"private {Code.Tensor} {whole.Ensemble.WeightsField};\n");
    }

    static void WriteConstructor(SourceWriter writer, Lineup whole)
    {
        var ensemble = whole.Ensemble;
        writer.Write("/// <summary>Wires the ensemble. It owns its components: disposing it disposes them.</summary>");
        foreach (var component in whole.Components)
            writer.Write($"/// <param name=\"{component.Parameter}\">The {(component.Gate is null ? "member" : "gate")} {component.Name}.</param>");

        var parameters = whole.Components.Select(component => $"{component.Defense.Type} {Code.Identifier(component.Parameter)}");
        using (writer.Braces($"""
            {Code.Generated}
            {ensemble.ConstructorAccessibility} {Code.Identifier(ensemble.Name)}(
                {string.Join(",\n    ", parameters)})
                : base({Code.Literal(ensemble.Name)})
            """))
        {
            foreach (var component in whole.Components)
                writer.Write($"global::System.ArgumentNullException.ThrowIfNull({Code.Identifier(component.Parameter)});");
            writer.WriteLine();
            foreach (var component in whole.Components)
                writer.Write($"this.{Code.Identifier(component.Field)} = {Code.Identifier(component.Parameter)};");
            foreach (var gate in whole.Gates)
                writer.Write($"this.{gate.Gate!.ThresholdField} = {Code.Core}.GateThreshold.Uncalibrated().DetachFromDisposeScope();");
            writer.Write($"""
                this.{ensemble.WeightsField} = {Code.Torch}.tensor(new float[] {Weights(whole)}).DetachFromDisposeScope();
                this.RegisterComponents();
                {Code.Core}.SurrogateGradient.AttachAll(this);
                """);
        }
    }

    static string Weights(Lineup whole)
    {
        var sum = whole.Members.Sum(member => member.Member!.Weight);
        return $"{{ {Code.Join(whole.Members, member => Code.Literal(member.Member!.Share(sum)))} }}";
    }

    static void WriteProperties(SourceWriter writer, Lineup whole)
    {
        foreach (var component in whole.Components)
        {
            writer.Write($"""

                {Code.Generated}
                {component.Modifiers} {component.Defense.Type} {Code.Identifier(component.Name)} => this.{Code.Identifier(component.Field)};
                """);
        }
    }
}
