namespace PackedPackage.Tests;

/// <summary><c>dotnet new ensemble</c>, from the packed files alone.</summary>
[Collection(nameof(PackedCollection))]
public sealed class TemplateTests(PackedFeed feed) : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles-template-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void Makes_a_program_that_builds_without_warnings_and_reports_an_ablation()
    {
        var (hive, project) = (Path.Combine(folder, "hive"), Path.Combine(folder, "Strong"));
        Dotnet.Run(
            folder,
            "new",
            "install",
            Path.Combine(feed.Folder, "Ensembles.Templates.0.1.0.nupkg"),
            "--debug:custom-hive",
            hive);
        Dotnet.Run(folder, "new", "ensemble", "--name", "Strong", "--debug:custom-hive", hive);
        File.WriteAllText(Path.Combine(project, "NuGet.config"), $"""
            <configuration>
              <packageSources>
                <add key="packed" value="{feed.Folder}" />
              </packageSources>
            </configuration>
            """);
        // The packed files go to a cache of their own; what the machine has already serves the rest without a second
        // copy.
        File.WriteAllText(Path.Combine(project, "Directory.Build.props"), """
            <Project>
              <PropertyGroup>
                <RestorePackagesPath>packages</RestorePackagesPath>
                <RestoreFallbackFolders>$(NuGetPackageRoot)</RestoreFallbackFolders>
                <CreateSymbolicLinksForCopyLocalIfPossible>true</CreateSymbolicLinksForCopyLocalIfPossible>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
              </PropertyGroup>
            </Project>
            """);

        var output = Dotnet.Run(project, "run", "-c", "Release");

        Assert.Contains("namespace Strong;", File.ReadAllText(Path.Combine(project, "Pair.cs")));
        Assert.Contains("Compact", output);
        Assert.DoesNotContain("INVALID", output);
    }
}
