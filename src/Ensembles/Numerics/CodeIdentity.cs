using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace Ensembles.Numerics;

/// <summary>
/// Which build of the code computes something: what was computed by another build may be what this one would not
/// compute.
/// </summary>
public static class CodeIdentity
{
    /// <summary>
    /// A fingerprint of the assemblies that declare some types, and of all that these refer to but .NET's own: of their
    /// module version ids, which a compiler makes of the code.
    /// </summary>
    /// <param name="types">The types.</param>
    public static string Of(IEnumerable<Type> types)
    {
        var seen = new SortedDictionary<string, string>(StringComparer.Ordinal);
        var open = new Queue<Assembly>(types.Select(type => type.Assembly).Distinct());
        while (open.TryDequeue(out var assembly))
        {
            var name = assembly.GetName().Name!;
            if (IsOfDotnet(name) || !seen.TryAdd(name, $"{assembly.ManifestModule.ModuleVersionId:N}"))
                continue;
            foreach (var reference in assembly.GetReferencedAssemblies().Where(other => !IsOfDotnet(other.Name!)))
            {
                try
                {
                    open.Enqueue(Assembly.Load(reference));
                }
                // What is not there can run no code.
                catch (IOException)
                {
                    seen.TryAdd(reference.Name!, $"{reference.Version}");
                }
            }
        }

        var text = string.Join('\n', seen.Select(assembly => $"{assembly.Key} {assembly.Value}"));
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
    }

    static bool IsOfDotnet(string assembly) =>
        assembly is "mscorlib" or "netstandard" or "System"
        || assembly.StartsWith("System.", StringComparison.Ordinal)
        || assembly.StartsWith("Microsoft.", StringComparison.Ordinal);
}
