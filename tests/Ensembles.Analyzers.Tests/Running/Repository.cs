using System.Reflection;
using System.Xml.Linq;

namespace Ensembles.Analyzers.Tests.Running;

/// <summary>Files of this repository.</summary>
static class Repository
{
    public static string Root { get; } = typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(a => a.Key == "RepositoryRoot").Value!;

    /// <summary>The text of a file, with "\n" line ends.</summary>
    public static string Read(params string[] path) =>
        File.ReadAllText(Path.Combine([Root, .. path])).ReplaceLineEndings("\n");

    /// <summary>
    /// What the projects under src import: what every project of the SDK does, and what they agree on.
    /// </summary>
    public static string Usings { get; } =
        string.Concat(XDocument.Load(Path.Combine(Root, "src", "Directory.Build.props"))
        .Descendants("Using")
        .Select(import => import.Attribute("Include")!.Value)
        .Concat(
        [
            "System", "System.Collections.Generic", "System.IO", "System.Linq", "System.Threading",
            "System.Threading.Tasks",
        ])
        .Select(space => $"global using {space};\n"));

    /// <summary>The C# sources under a folder, without what builds leave there.</summary>
    public static IEnumerable<string> Sources(params string[] folder)
    {
        var path = Path.Combine([Root, .. folder]);
        return Directory.EnumerateFiles(path, "*.cs", SearchOption.AllDirectories)
            .Where(file =>
                Path.GetRelativePath(path, file).Split(Path.DirectorySeparatorChar)[0] is not ("bin" or "obj"))
            .Order(StringComparer.Ordinal)
            .Select(File.ReadAllText);
    }
}
