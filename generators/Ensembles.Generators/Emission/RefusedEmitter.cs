using Ensembles.Declarations;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Emission;

/// <summary>
/// Writes bodies for the properties of a refused declaration, so that the compiler gets as far as the analyzers, which
/// say what is wrong with it.
/// </summary>
static class RefusedEmitter
{
    public static void Add(SourceProductionContext context, (RefusedModel Refused, string File) declared) =>
        context.AddSource($"{declared.File}{EmittedNames.RefusedFile}", Emit(declared.Refused));

    static string Emit(RefusedModel refused)
    {
        var writer = Code.OpenFile(refused.Place.Namespace, refused.Silenced);
        using (writer.Reopened(refused.Place, $"partial {refused.Type}"))
        {
            writer.Write(
                "// This ensemble is not well-formed: an error at its declaration says why, and no code is written "
                + "for it.\n");
            foreach (var property in refused.Properties)
                writer.Write(
                    $"{property.Modifiers} {property.Type} {Code.Identifier(property.Name)} => throw new "
                    + $"global::System.InvalidOperationException(\"This ensemble is not well-formed.\");\n");
        }

        return writer.Complete();
    }
}
