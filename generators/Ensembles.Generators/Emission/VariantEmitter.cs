using Ensembles.Generators.Models;

namespace Ensembles.Generators.Emission;

/// <summary>Writes the ensembles with one component left out.</summary>
static class VariantEmitter
{
    public static void Write(SourceWriter writer, EnsembleModel ensemble)
    {
        writer.Append($"""

            /// <inheritdoc/>
            {Code.Generated}
            public override {Code.ListOf}<{Code.Core}.LeftOut> LeaveOneOut() =>
            """);
        if (!ensemble.HasInner && ensemble.Components.All(component => component.Variant is null))
        {
            writer.Write(" [];");
            return;
        }

        if (ensemble.HasInner)
            writer.Append($" {Code.Core}.LeftOut.Completed(this,");
        using (writer.Brackets(ensemble.HasInner ? "]);" : "];"))
        {
            foreach (var component in ensemble.Components)
            {
                if (component.Variant is { } variant)
                    writer.Write($"""new("{component.Name}", new {variant}(this)),""");
            }

            foreach (var inner in ensemble.InnerVariants)
                writer.Write($"""new("{inner.Path}", new {inner.Class}(this)),""");
        }

        foreach (var component in ensemble.Components)
        {
            if (component.Variant is { } variant)
                Write(
                    writer, ensemble, component.Name, variant,
                    ensemble.Components.Where(other => other != component));
        }

        foreach (var inner in ensemble.InnerVariants)
            Write(writer, ensemble, inner.Path, inner.Class, ensemble.Components);
    }

    static void Write(
        SourceWriter writer, EnsembleModel ensemble, string leftOut, string variant, IEnumerable<ComponentModel> others)
    {
        using var type = writer.Braces($"""

            /// <summary>{ensemble.Name} without {leftOut}.</summary>
            {Code.Generated}
            public sealed class {variant} : {Code.Core}.EnsembleVariant
            """);
        using (writer.Braces($"""
            internal {variant}({ensemble.Type} whole)
                : base(whole, "{leftOut}")
            """))
        {
        }

        ScriptEmitter.Write(writer, ensemble, others);
    }
}
