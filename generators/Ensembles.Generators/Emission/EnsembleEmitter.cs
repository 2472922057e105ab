using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Emission;

/// <summary>Writes the other half of an ensemble.</summary>
static class EnsembleEmitter
{
    public static void Add(SourceProductionContext context, (EnsembleModel Ensemble, string File) input) =>
        context.AddSource($"{input.File}.g.cs", Emit(input.Ensemble));

    public static string Emit(EnsembleModel ensemble)
    {
        var writer = Code.OpenFile(ensemble.Place.Namespace);
        using (writer.Reopened(ensemble.Place, $"partial class {ensemble.Type} : {Code.Core}.Ensemble"))
        {
            var whole = Lineup.Whole(ensemble);
            WiringEmitter.Write(writer, whole);
            DeclarationEmitter.Write(writer, whole);
            DecisionEmitter.Write(writer, whole);
            CompileEmitter.Write(writer, whole);
            SurfaceEmitter.Write(writer, whole);
            VariantEmitter.WriteAll(writer, ensemble);
        }

        return writer.ToString();
    }
}
