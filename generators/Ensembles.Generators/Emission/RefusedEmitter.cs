using Ensembles.Declarations;
using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Emission;

/// <summary>
/// Writes bodies for the properties of a declaration that gets no code, so that the compiler gets as far as the
/// analyzers, which say what is wrong with it.
/// </summary>
static class RefusedEmitter
{
    public static void Add(SourceProductionContext context, (RefusedModel Refused, string File) declared) =>
        context.AddSource($"{declared.File}{EmittedNames.RefusedFile}", Emit(declared.Refused));

    public static void AddStray(SourceProductionContext context, (RefusedModel Stray, string File) declared) =>
        context.AddSource($"{declared.File}-stray{EmittedNames.RefusedFile}", Emit(declared.Stray));

    static string Emit(RefusedModel refused)
    {
        var writer = Code.OpenFile(refused.Place.Namespace, refused.Silenced);
        using (writer.Reopened(refused.Place, refused.Type))
        {
            writer.Write(
                "// No code is written for this declaration: an error there says why.\n");
            foreach (var property in refused.Properties)
                writer.Write(
                    $"{property.Modifiers} {property.Type} {Code.Identifier(property.Name)} => throw new "
                    + $"global::System.InvalidOperationException(\"No code is written for this declaration.\");\n");
        }

        return writer.Complete();
    }
}
