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
        if (ensemble.Components.All(component => component.Variant is null))
        {
            writer.Write(" [];");
            return;
        }

        using (writer.Brackets("];"))
        {
            foreach (var component in ensemble.Components)
            {
                if (component.Variant is { } variant)
                    writer.Write($"""new("{component.Name}", new {variant}(this)),""");
            }
        }

        foreach (var component in ensemble.Components)
        {
            if (component.Variant is { } variant)
                Write(writer, ensemble, component, variant);
        }
    }

    static void Write(SourceWriter writer, EnsembleModel ensemble, ComponentModel component, string variant)
    {
        using var type = writer.Braces($"""

            /// <summary>{ensemble.Name} without {component.Name}.</summary>
            {Code.Generated}
            public sealed class {variant} : {Code.Core}.EnsembleVariant
            """);
        using (writer.Braces($"""
            internal {variant}({ensemble.Type} whole)
                : base(whole, "{component.Name}")
            """))
        {
        }

        ScriptEmitter.Write(writer, ensemble, ensemble.Components.Where(other => other != component));
    }
}
