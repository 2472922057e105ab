using Ensembles.Generators.Models;

namespace Ensembles.Generators.Emission;

/// <summary>Writes the ensembles with one component left out.</summary>
static class VariantEmitter
{
    public static void WriteAll(SourceWriter writer, EnsembleModel ensemble)
    {
        var leftOut = ensemble.Components.Where(component => component.Variant is not null).ToList();
        writer.Write($"""

            /// <inheritdoc/>
            {Code.Generated}
            """);
        writer.WriteList(
            LeaveOneOut,
            leftOut.Select(component => $"new({Code.Literal(component.Name)}, new {component.Variant}(this))"),
            ";");

        foreach (var component in leftOut)
            Write(writer, Lineup.Without(ensemble, component));
    }

    static void Write(SourceWriter writer, Lineup variant)
    {
        var (type, name) = (variant.Ensemble.Type, variant.LeftOut!.Variant);
        using var @class = writer.Braces($"""

            /// <summary>
            /// {variant.Title}. It shares the components, weights and thresholds of the whole and owns none of them:
            /// disposing, moving, training or saving it leaves the whole as it is.
            /// </summary>
            {Code.Generated}
            public sealed class {name} : {Code.Core}.Ensemble
            """);
        writer.Write($$"""
            private readonly {{type}} whole;

            internal {{name}}({{type}} whole)
                : base({{Code.Literal(variant.Title)}})
            {
                this.whole = whole;
            }
            """);
        DeclarationEmitter.Write(writer, variant);
        DecisionEmitter.Write(writer, variant);
        CompileEmitter.Write(writer, variant);
        SurfaceEmitter.Write(writer, variant);
        writer.Write($$"""

            /// <inheritdoc/>
            /// <remarks>None: only the whole has variants.</remarks>
            {{LeaveOneOut}} [];

            /// <summary>Registers nothing: the components belong to the whole.</summary>
            protected override void RegisterComponents()
            {
            }
            """);
    }

    const string LeaveOneOut = $"public override {Code.ListOf}<{Code.Core}.LeftOut> LeaveOneOut() =>";
}
