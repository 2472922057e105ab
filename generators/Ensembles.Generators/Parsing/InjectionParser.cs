using Ensembles.Declarations;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Parsing;

/// <summary>Looks for Microsoft.Extensions.DependencyInjection.</summary>
static class InjectionParser
{
    /// <summary>Whether the compilation has everything that a registration calls.</summary>
    public static bool IsAvailable(Compilation compilation, CancellationToken cancellation) =>
        compilation.GetTypeByMetadataName(MetadataNames.ServiceCollection)?.ContainingAssembly is { } injection
        && injection.GetTypeByMetadataName(MetadataNames.ServiceCollectionDescriptors) is not null
        && injection.GetTypeByMetadataName(MetadataNames.ServiceProviderServices) is not null;
}
