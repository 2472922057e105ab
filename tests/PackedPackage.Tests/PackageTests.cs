using System.IO.Compression;
using System.Xml.Linq;

namespace PackedPackage.Tests;

/// <summary>What is in the packed files.</summary>
[Collection(nameof(PackedCollection))]
public sealed class PackageTests(PackedFeed feed)
{
    static readonly string[] libraries =
    [
        "Ensembles",
        "Ensembles.App",
        "Ensembles.Attacks",
        "Ensembles.Compilation",
        "Ensembles.Data",
        "Ensembles.Defenses",
        "Ensembles.Evaluation",
        "Ensembles.Graphs",
        "Ensembles.Onnx",
        "Ensembles.Training",
        "Ensembles.Xunit",
    ];

    [Fact]
    public void Every_library_and_the_template_is_a_package_and_every_library_has_symbols()
    {
        var names = Directory.EnumerateFiles(feed.Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal);

        Assert.Equal(
            libraries
                .SelectMany(name => new[] { $"{name}.0.1.0.nupkg", $"{name}.0.1.0.snupkg" })
                .Append("Ensembles.Templates.0.1.0.nupkg")
                .Order(StringComparer.Ordinal),
            names);
    }

    [Fact]
    public void Every_package_says_what_it_is_under_which_license_and_shows_readme_and_icon() => Assert.All(
        [.. libraries, "Ensembles.Templates"],
        name =>
        {
            using var package = ZipFile.OpenRead(Path.Combine(feed.Folder, $"{name}.0.1.0.nupkg"));
            using var manifest = package.GetEntry($"{name}.nuspec")!.Open();
            var metadata = XDocument.Load(manifest).Root!.Elements()
                .First()
                .Elements()
                .ToLookup(element => element.Name.LocalName, element => element.Value);
            Assert.NotEqual("Package Description", metadata["description"].Single());
            Assert.Equal("MIT", metadata["license"].Single());
            Assert.NotNull(package.GetEntry(metadata["readme"].Single()));
            Assert.NotNull(package.GetEntry(metadata["icon"].Single()));
        });

    [Fact]
    public void Every_library_comes_with_its_documentation_and_symbols() => Assert.All(
        libraries,
        name =>
        {
            using var package = ZipFile.OpenRead(Path.Combine(feed.Folder, $"{name}.0.1.0.nupkg"));
            using var symbols = ZipFile.OpenRead(Path.Combine(feed.Folder, $"{name}.0.1.0.snupkg"));
            Assert.NotNull(package.GetEntry($"lib/net10.0/{name}.dll"));
            Assert.NotNull(package.GetEntry($"lib/net10.0/{name}.xml"));
            Assert.NotNull(symbols.GetEntry($"lib/net10.0/{name}.pdb"));
        });

    [Fact]
    public void The_core_carries_generator_analyzers_and_fixes()
    {
        using var package = ZipFile.OpenRead(Path.Combine(feed.Folder, "Ensembles.0.1.0.nupkg"));

        Assert.Equal(
            ["Ensembles.Analyzers.dll", "Ensembles.CodeFixes.dll", "Ensembles.Generators.dll"],
            package.Entries
                .Where(entry => entry.FullName.StartsWith("analyzers/dotnet/cs/", StringComparison.Ordinal))
                .Select(entry => entry.Name)
                .Order(StringComparer.Ordinal));
    }
}
