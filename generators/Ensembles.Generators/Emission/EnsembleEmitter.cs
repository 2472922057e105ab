using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Emission;

/// <summary>Writes the other half of an ensemble.</summary>
static class EnsembleEmitter
{
    public static void Add(SourceProductionContext context, (EnsembleModel Ensemble, EquatableArray<string> Clashes) input) =>
        context.AddSource(HintNames.File(input.Ensemble.Place.HintName, input.Clashes), Emit(input.Ensemble));

    public static string Emit(EnsembleModel ensemble)
    {
        var writer = Code.OpenFile(ensemble.Place.Namespace);
        var containers = ensemble.Place.Containers.Select(container => writer.Braces(container)).ToList();
        using (writer.Braces($"partial class {ensemble.Type} : {Code.Core}.Ensemble"))
        {
            var whole = Lineup.Whole(ensemble);
            WiringEmitter.Write(writer, whole);
            DeclarationEmitter.Write(writer, whole);
            DecisionEmitter.Write(writer, whole);
            SurfaceEmitter.Write(writer, whole);
            VariantEmitter.WriteAll(writer, ensemble);
        }

        containers.ForEach(container => container.Dispose());
        return writer.ToString();
    }
}
