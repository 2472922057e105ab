using Microsoft.CodeAnalysis;

namespace Ensembles.Generators;

static class IncrementalValuesExtensions
{
    /// <summary>The values that are not null.</summary>
    public static IncrementalValuesProvider<T> WhereNotNull<T>(this IncrementalValuesProvider<T?> values)
        where T : class =>
        values.Where(value => value is not null)!;
}
