using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Emission;

/// <summary>
/// Writes the other half of an ensemble, and its registration with a service collection where there is one.
/// </summary>
static class EnsembleEmitter
{
    public static void Add(
        SourceProductionContext context,
        ((EnsembleModel Ensemble, string File) Declared, bool IsInjectionAvailable) input) =>
        context.AddSource($"{input.Declared.File}.g.cs", Emit(input.Declared.Ensemble, input.IsInjectionAvailable));

    public static string Emit(EnsembleModel ensemble, bool isInjectionAvailable)
    {
        // A derived one has variants that are called like those it inherits.
        var silenced = ensemble.IsDerived ? new(ensemble.Silenced.Append("CS0108")) : ensemble.Silenced;
        var writer = Code.OpenFile(ensemble.Place.Namespace, silenced);
        var @base = ensemble.IsDerived ? "" : $" : {Code.Core}.Ensemble";
        using (writer.Reopened(ensemble.Place, $"partial class {ensemble.Type}{@base}"))
        {
            WiringEmitter.Write(writer, ensemble);
            DeclarationEmitter.Write(writer, ensemble);
            DecisionEmitter.Write(writer, ensemble);
            TrainingEmitter.Write(writer, ensemble);
            ComponentsEmitter.Write(writer, ensemble);
            ScriptEmitter.WriteWhole(writer, ensemble);
            VariantEmitter.Write(writer, ensemble);
        }

        if (isInjectionAvailable && ensemble.Registration is { } registration)
            RegistrationEmitter.Write(writer, ensemble, registration);
        return writer.Complete();
    }
}
