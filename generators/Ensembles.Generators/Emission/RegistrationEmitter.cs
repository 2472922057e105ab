using Ensembles.Generators.Models;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Emission;

/// <summary>Writes the registration of an ensemble with a service collection.</summary>
static class RegistrationEmitter
{
    const string Injection = "global::Microsoft.Extensions.DependencyInjection";

    public static void Add(SourceProductionContext context, ((EnsembleModel Ensemble, string File) Declared, bool IsInjectionAvailable) input)
    {
        var (ensemble, file) = input.Declared;
        if (input.IsInjectionAvailable && ensemble.Registration is { } registration)
            context.AddSource($"{file}-services.g.cs", Emit(ensemble, registration));
    }

    public static string Emit(EnsembleModel ensemble, RegistrationModel registration)
    {
        const string descriptors = $"{Injection}.Extensions.ServiceCollectionDescriptorExtensions";
        const string provider = $"{Injection}.ServiceProviderServiceExtensions";

        var writer = Code.OpenFile(ensemble.Place.Namespace);
        using (writer.Braces($"""
            /// <summary>Registers <see cref="{registration.Ensemble}"/>.</summary>
            {Code.Generated}
            {registration.Accessibility} static class {registration.Class}
            """))
        using (writer.Braces($"""
            /// <summary>
            /// Registers the ensemble as a singleton and the class of each component as a transient, so that every component
            /// is a module of its own. What is registered already stays: register a component before to build it your way.
            /// </summary>
            /// <param name="services">The services to add to.</param>
            /// <returns>The same services.</returns>
            public static {Injection}.IServiceCollection Add{ensemble.Name}(this {Injection}.IServiceCollection services)
            """))
        {
            foreach (var type in ensemble.Components.Where(c => c.Defense.IsConstructible).Select(c => c.Defense.Type).Distinct())
                writer.Write($"{descriptors}.TryAddTransient<{type}>(services);");

            var arguments = ensemble.Components.Select(component => $"{provider}.GetRequiredService<{component.Defense.Type}>(provider)");
            writer.Write($"""
                {descriptors}.TryAddSingleton<{registration.Ensemble}>(services, static provider => new {registration.Ensemble}(
                    {string.Join(",\n    ", arguments)}));
                return services;
                """);
        }

        return writer.ToString();
    }
}
