namespace PackedPackage.Tests;

/// <summary>
/// Projects outside the repository that have only the packed files, as users meet them. They are restored together and
/// built together: most of the time of a small build goes into starting it.
/// </summary>
public sealed class Consumers : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles-consumers-").FullName;
    readonly string[] build;

    public Consumers(PackedFeed feed)
    {
        Write("NuGet.config", $"""
            <configuration>
              <packageSources>
                <add key="packed" value="{feed.Folder}" />
              </packageSources>
            </configuration>
            """);
        // The packed files go to a cache of their own; what the machine has already serves the rest without a second
        // copy.
        Write("Directory.Build.props", $"""
            <Project>
              <PropertyGroup>
                <RestorePackagesPath>$(MSBuildThisFileDirectory)packages</RestorePackagesPath>
                <RestoreFallbackFolders>{Dotnet.PackageRoot}</RestoreFallbackFolders>
                <CreateSymbolicLinksForCopyLocalIfPossible>true</CreateSymbolicLinksForCopyLocalIfPossible>
                <TreatWarningsAsErrors Condition="'$(MSBuildProjectName)' != 'OneSided'">true</TreatWarningsAsErrors>
              </PropertyGroup>
            </Project>
            """);
        WriteProject("Pair", ["Ensembles", "TorchSharp-cpu"]);
        Write("Pair/Program.cs", Programs.Pair);
        WriteProject("OneSided", ["Ensembles"]);
        Write("OneSided/Program.cs", Programs.OneSided);
        Write("OneSided/OneSided.evidence.json", Programs.Evidence);
        WriteProject("Mended", ["Ensembles"], "ENSNATIVE02");
        Write("Mended/Program.cs", Programs.Unmended);
        WriteProject("Tutorial", Programs.TutorialPackages);
        Write("Tutorial/Defenses.cs", string.Join("\n", Programs.TutorialBlocks[..3]));
        Write("Tutorial/Program.cs", Programs.TutorialBlocks[3]);

        var template = Path.Combine(feed.Folder, "Ensembles.Templates.0.1.0.nupkg");
        var hive = Path.Combine(folder, "hive");
        Dotnet.Run(folder, "new", "install", template, "--debug:custom-hive", hive);
        Dotnet.Run(folder, "new", "ensemble", "--name", "Strong", "--debug:custom-hive", hive);

        string[] names = ["Pair", "OneSided", "Mended", "Tutorial", "Strong"];
        var projects = names.Select(name => $"""<Project Path="{name}/{name}.csproj" />""");
        Write("Consumers.slnx", $"<Solution>{string.Concat(projects)}</Solution>");
        Dotnet.Run(folder, "restore", "Consumers.slnx");
        Assert.True(
            Directory.Exists(Path.Combine(folder, "packages", "ensembles", "0.1.0")),
            $"{Dotnet.PackageRoot} has the package Ensembles, and what has been packed would not be tested.");
        Dotnet.Run(folder, "format", "analyzers", "Mended/Mended.csproj", "--diagnostics", "ENS0007", "--no-restore");
        build = Dotnet.Run(folder, "build", "Consumers.slnx", "-c", "Release", "--no-restore").Split('\n');
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    /// <summary>What the build said of a project.</summary>
    public string Said(string project) =>
        string.Join('\n', build.Where(line => line.TrimEnd().EndsWith($"{project}.csproj]", StringComparison.Ordinal)));

    /// <summary>What a program that has been built writes.</summary>
    public string Run(string project) =>
        Dotnet.Run(folder, "run", "--project", project, "-c", "Release", "--no-build");

    public string Read(string path) => File.ReadAllText(Path.Combine(folder, path));

    void WriteProject(string name, IEnumerable<string> packages, string noWarn = "")
    {
        var references = string.Concat(packages.Select(Reference));
        Write($"{name}/{name}.csproj", $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <InvariantGlobalization>true</InvariantGlobalization>
                <NoWarn>$(NoWarn);{noWarn}</NoWarn>
              </PropertyGroup>
              <ItemGroup>
                {references}
              </ItemGroup>
            </Project>
            """);
    }

    static string Reference(string package) =>
        $"""<PackageReference Include="{package}" Version="{VersionOf(package)}" />""";

    static string VersionOf(string package) => package switch
    {
        "TorchSharp-cpu" => "0.107.0",
        "Microsoft.Extensions.DependencyInjection" => "10.0.12",
        _ => "0.1.0",
    };

    void Write(string path, string text)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(folder, path))!);
        File.WriteAllText(Path.Combine(folder, path), text);
    }
}
