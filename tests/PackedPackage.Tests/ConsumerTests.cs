namespace PackedPackage.Tests;

/// <summary>A project outside the repository that has only the packed file, as a user meets it.</summary>
public sealed class ConsumerTests : IDisposable
{
    readonly string folder = Directory.CreateTempSubdirectory("ensembles-consumer-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void The_packed_generator_and_libtorch_work_in_an_empty_folder()
    {
        Dotnet.Run(Dotnet.RepositoryRoot, "pack", "src/Ensembles", "--output", Path.Combine(folder, "feed"), "-v:quiet");
        Write("NuGet.config", """
            <configuration>
              <packageSources>
                <add key="packed" value="feed" />
              </packageSources>
            </configuration>
            """);
        // The packed file goes to a cache of its own; what the machine has already serves the rest without a second copy.
        Write("Consumer.csproj", """
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <OutputType>Exe</OutputType>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
                <TreatWarningsAsErrors>true</TreatWarningsAsErrors>
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
        Write("Program.cs", """
            using Ensembles;
            using static TorchSharp.torch;

            manual_seed(1);
            using var pair = new Pair(new Bright(), new Bright());
            pair.eval();
            using var decision = pair.forward(cat([zeros(1, 1, 2, 2), ones(1, 1, 2, 2)]));
            Console.WriteLine($"labels {string.Join(' ', decision.Labels.data<long>().ToArray())} rule {pair.Declaration.Rule}");

            [Defense(Category.NonRobustFeatures)]
            public sealed class Bright : Classifier
            {
                // Logits (0, mean - 1/2): dark images are class 0, bright ones class 1.
                public override Tensor forward(Tensor images)
                {
                    using var mean = images.mean([1, 2, 3]) - 0.5;
                    return stack([zeros_like(mean), mean], 1);
                }
            }

            [Ensemble<MeanProbability>]
            public partial class Pair
            {
                [Member] public partial Bright First { get; }
                [Member] public partial Bright Second { get; }
            }
            """);

        var output = Dotnet.Run(folder, "run");

        Assert.Contains("labels 0 1 rule MeanProbability", output);
    }

    void Write(string name, string text) => File.WriteAllText(Path.Combine(folder, name), text);
}
