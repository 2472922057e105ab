using System.Text.RegularExpressions;

namespace PackedPackage.Tests;

/// <summary>A project outside the repository that has only the packed file, as a user meets it.</summary>
[Collection(nameof(PackedCollection))]
public sealed partial class ConsumerTests : IDisposable
{
    const string Usings = """
        using Ensembles;
        using static TorchSharp.torch;


        """;

    const string Bright = """

        [Defense(Category.NonRobustFeatures)]
        [Claims<NonRobustFeatureRemoval>]
        public sealed class Bright : Classifier
        {
            // Logits (0, mean - 1/2): dark images are class 0, bright ones class 1.
            public override Tensor forward(Tensor images)
            {
                using var mean = images.mean([1, 2, 3]) - 0.5;
                return stack([zeros_like(mean), mean], 1);
            }
        }

        """;

    const string Apart = """

        [Defense(Category.FeatureSeparation)]
        [Claims<InterClassSeparation>]
        public sealed class Apart : Classifier
        {
            // The same decision from features that lie further apart.
            public override Tensor forward(Tensor images)
            {
                using var mean = images.mean([1, 2, 3]) - 0.5;
                return stack([-mean, mean], 1);
            }
        }

        """;

    readonly string folder = Directory.CreateTempSubdirectory("ensembles-consumer-").FullName;

    public ConsumerTests(PackedFeed feed)
    {
        Write("NuGet.config", $"""
            <configuration>
              <packageSources>
                <add key="packed" value="{feed.Folder}" />
              </packageSources>
            </configuration>
            """);
        // The packed file goes to a cache of its own; what the machine has already serves the rest without a second
        // copy.
        Write("Consumer.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <InvariantGlobalization>true</InvariantGlobalization>
                <RestorePackagesPath>packages</RestorePackagesPath>
                <RestoreFallbackFolders>$(NuGetPackageRoot)</RestoreFallbackFolders>
                <CreateSymbolicLinksForCopyLocalIfPossible>true</CreateSymbolicLinksForCopyLocalIfPossible>
              </PropertyGroup>
              <ItemGroup>
                <PackageReference Include="Ensembles" Version="0.1.0" />
                <PackageReference Include="TorchSharp-cpu" Version="0.107.0" />
              </ItemGroup>
            </Project>
            """);
    }

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_packed_generator_and_libtorch_work_in_an_empty_folder()
    {
        Write("Program.cs", Usings + """
            manual_seed(1);
            using var pair = new Pair(new Bright(), new Apart());
            pair.eval();
            using var decision = pair.forward(cat([zeros(1, 1, 2, 2), ones(1, 1, 2, 2)]));
            var labels = string.Join(' ', decision.Labels.data<long>().ToArray());
            Console.WriteLine($"labels {labels} rule {pair.Declaration.Rule}");

            [Ensemble<MeanProbability>]
            public partial class Pair
            {
                [Member] public partial Bright First { get; }
                [Member] public partial Apart Second { get; }
            }

            """ + Bright + Apart);

        var output = Dotnet.Run(folder, "run", "-p:TreatWarningsAsErrors=true");

        Assert.Contains("labels 0 1 rule MeanProbability", output);
    }

    [Fact]
    public void The_packed_analyzers_warn_of_an_ensemble_of_one_category()
    {
        Write("Program.cs", Usings + """
            Console.WriteLine(typeof(OneSided));

            [Ensemble<MeanProbability>]
            public partial class OneSided
            {
                [Member] public partial Bright First { get; }
                [Member] public partial Bright Second { get; }
            }

            """ + Bright);

        var output = Dotnet.Run(folder, "build");

        Assert.Matches(
            "warning ENS0001: `First` and `Second` remove non-robust features; "
                + "nothing here separates features or detects "
                + @"\(file://\S+/ENS0001\.md\)",
            output);
        var link = Regex.Match(output, @"\((file://\S+/ENS0001\.md)\)").Groups[1].Value;
        Assert.StartsWith("# ENS0001", File.ReadAllText(new Uri(link).LocalPath));
        Assert.Contains("warning ENS0002", output);
    }

    [Fact]
    public void A_build_says_that_no_package_carries_libtorch()
    {
        Write("Program.cs", "Console.WriteLine(TorchSharp.torch.zeros(1));");
        Assert.DoesNotContain("ENSNATIVE02", Dotnet.Run(folder, "build"));
        Write("Consumer.csproj", File.ReadAllText(Path.Combine(folder, "Consumer.csproj")).Replace(
            """<PackageReference Include="TorchSharp-cpu" Version="0.107.0" />""", "", StringComparison.Ordinal));

        var output = Dotnet.Run(folder, "build");

        Assert.Contains("warning ENSNATIVE02", output);
        Assert.Contains("dotnet add package TorchSharp-cpu --version 0.107.0", output);
        Assert.DoesNotContain("ENSNATIVE02", Dotnet.Run(folder, "build", "-p:NoWarn=ENSNATIVE02"));
    }

    [Fact]
    public void Dotnet_format_applies_the_packed_fixes()
    {
        Write("Program.cs", Usings + """
            Console.WriteLine(typeof(Outer));

            public class Outer
            {
                [Ensemble<MeanProbability>]
                public class Pair
                {
                    [Member] public Bright First { get; }
                    [Member] public Apart Second { get; }
                }
            }

            """ + Bright + Apart);
        Dotnet.Run(folder, "restore");

        Dotnet.Run(folder, "format", "analyzers", "--diagnostics", "ENS0007", "--no-restore");

        Assert.Contains("""
            public partial class Outer
            {
                [Ensemble<MeanProbability>]
                public partial class Pair
                {
                    [Member] public partial Bright First { get; }
                    [Member] public partial Apart Second { get; }
                }
            }
            """, File.ReadAllText(Path.Combine(folder, "Program.cs")));
        Dotnet.Run(folder, "build", "-p:TreatWarningsAsErrors=true");
    }

    /// <summary>The blocks of the README's tutorial, typed as they stand there.</summary>
    [Fact]
    public void The_tutorial_of_the_readme_builds_as_typed()
    {
        var readme = File.ReadAllText(Path.Combine(Dotnet.RepositoryRoot, "README.md"));
        var section = readme[readme.IndexOf("## Ten minutes", StringComparison.Ordinal)..];
        var blocks = Block().Matches(section).Select(match => match.Groups[1].Value).ToArray();
        Write("Defenses.cs", string.Join("\n", blocks[..3]));
        Write("Program.cs", blocks[3]);
        var packages = Package().Matches(section).Select(match => match.Groups[1].Value);
        var project = File.ReadAllText(Path.Combine(folder, "Consumer.csproj"));
        var references = packages.Select(
            name => $"""<PackageReference Include="{name}" Version="{VersionOf(name)}" />""");
        Write("Consumer.csproj", References().Replace(project, string.Join("\n", references), 1));

        Dotnet.Run(folder, "build", "-p:TreatWarningsAsErrors=true");
    }

    static string VersionOf(string package) => package switch
    {
        "TorchSharp-cpu" => "0.107.0",
        "Microsoft.Extensions.DependencyInjection" => "10.0.12",
        _ => "0.1.0",
    };

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"dotnet add package (\S+)")]
    private static partial Regex Package();

    [GeneratedRegex("(<PackageReference[^>]+>\\s*)+")]
    private static partial Regex References();

    void Write(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);
}
