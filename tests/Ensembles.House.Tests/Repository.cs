using System.Reflection;

namespace Ensembles.House.Tests;

/// <summary>The files of the repository, named relative to its root, with '/'.</summary>
static class Repository
{
    public static string Root { get; } = typeof(Repository).Assembly
        .GetCustomAttributes<AssemblyMetadataAttribute>().Single(a => a.Key == "RepositoryRoot").Value!;

    /// <summary>
    /// Files whose names end in <paramref name="ending"/>, without what a build or an installation left behind.
    /// </summary>
    public static IEnumerable<string> Files(string ending, params string[] folders) =>
        from folder in folders
        from path in Directory.EnumerateFiles(Path.Combine(Root, folder), "*" + ending, SearchOption.AllDirectories)
        let file = Path.GetRelativePath(Root, path).Replace('\\', '/')
        where !file.Split('/').Any(part => part is "bin" or "obj" or "node_modules")
        orderby file
        select file;

    /// <summary>The C# under some folders; snapshots of generated code are not ours to lay out.</summary>
    public static IEnumerable<string> Source(params string[] folders) =>
        Files(".cs", folders).Where(file => !file.EndsWith(".verified.cs", StringComparison.Ordinal));

    public static bool Has(string file) => Path.Exists(Path.Combine(Root, file));

    public static string Text(string file) => File.ReadAllText(Path.Combine(Root, file));

    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    /// <summary>The project a file belongs to, as its folder: "src/Ensembles.Attacks".</summary>
    public static string ProjectOf(string file) => string.Join('/', file.Split('/').Take(2));
}
