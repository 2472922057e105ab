using Ensembles.Generators.Models;

namespace Ensembles.Generators.Emission;

/// <summary>Writes the registration of an ensemble with a service collection.</summary>
static class RegistrationEmitter
{
    const string Injection = "global::Microsoft.Extensions.DependencyInjection";
    const string Descriptors = $"{Injection}.Extensions.ServiceCollectionDescriptorExtensions";
    const string Provider = $"{Injection}.ServiceProviderServiceExtensions";

    public static void Write(SourceWriter writer, EnsembleModel ensemble, RegistrationModel registration)
    {
        writer.Append($"""

            /// <summary>Registers <see cref="{registration.Ensemble}"/>.</summary>
            {Code.Generated}
            """);
        if (registration.Mark is { } mark)
            writer.Append($"\n{mark}");
        using var @class = writer.Braces($"""

            {registration.Accessibility} static class {registration.Class}
            """);
        using var method = writer.Braces($"""
            /// <summary>
            /// Registers the ensemble as a singleton and the class of each component as a transient, so that every
            /// component is a module of its own. What is registered already stays: to build a component in your own
            /// way, register it first.
            /// </summary>
            /// <param name="services">The services to add to.</param>
            /// <returns>The same services.</returns>
            public static {Injection}.IServiceCollection Add{ensemble.Name}(
                this {Injection}.IServiceCollection services)
            """);

        var seen = new HashSet<string>();
        foreach (var component in ensemble.Components)
            WriteClass(writer, component.Defense, seen);

        writer.Append(
            $"{Descriptors}.TryAddSingleton<{registration.Ensemble}>(services, static provider => new "
            + $"{registration.Ensemble}(");
        var before = "\n    ";
        foreach (var component in ensemble.Components)
        {
            writer.Append($"{before}{Provider}.GetRequiredService<{component.Defense.Type}>(provider)");
            before = ",\n    ";
        }

        writer.Write("""
            ));
            return services;
            """);
    }

    /// <summary>Registers a component's class, and those of an ensemble's components before it.</summary>
    static void WriteClass(SourceWriter writer, DefenseModel defense, HashSet<string> seen)
    {
        if (!defense.IsConstructible || !seen.Add(defense.Type))
            return;
        if (defense.Inner is not { } inner)
        {
            writer.Write($"{Descriptors}.TryAddTransient<{defense.Type}>(services);");
            return;
        }

        foreach (var component in inner.Components)
            WriteClass(writer, component, seen);
        var components = inner.Components.Select(component =>
            $"{Provider}.GetRequiredService<{component.Type}>(provider)");
        writer.Write(
            $"{Descriptors}.TryAddTransient<{defense.Type}>(services, static provider => new {defense.Type}(\n    "
            + $"{string.Join(",\n    ", components)}));");
    }
}
