namespace Ensembles.Benchmarks;

/// <summary>
/// Writes a project of a thousand classes to time the analyzers on: defenses with a network and a forward of their own,
/// and ensembles of three of them.
/// </summary>
static class AnalyzerProject
{
    const int Defenses = 900;
    const int Ensembles = 100;

    public static void Write(string folder)
    {
        Directory.CreateDirectory(folder);
        var root = Root();
        File.WriteAllText(Path.Combine(folder, "Many.csproj"), $"""
            <Project Sdk="Microsoft.NET.Sdk">
              <PropertyGroup>
                <TargetFramework>net10.0</TargetFramework>
                <Nullable>enable</Nullable>
                <ImplicitUsings>enable</ImplicitUsings>
              </PropertyGroup>
              <ItemGroup>
                <ProjectReference Include="{root}/src/Ensembles/Ensembles.csproj" />
                <ProjectReference Include="{root}/generators/Ensembles.Generators/Ensembles.Generators.csproj"
                  OutputItemType="Analyzer" ReferenceOutputAssembly="false" />
                <ProjectReference Include="{root}/analyzers/Ensembles.Analyzers/Ensembles.Analyzers.csproj"
                  OutputItemType="Analyzer" ReferenceOutputAssembly="false" />
              </ItemGroup>
            </Project>
            """);
        for (var i = 0; i < Defenses; i++)
            File.WriteAllText(Path.Combine(folder, $"Defense{i}.cs"), Usings + Defense(i));
        for (var i = 0; i < Ensembles; i++)
            File.WriteAllText(Path.Combine(folder, $"Ensemble{i}.cs"), Usings + Ensemble(i));
    }

    /// <summary>The repository around this program.</summary>
    static string Root()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Ensembles.sln")))
            folder = folder.Parent;
        return folder?.FullName
            ?? throw new InvalidOperationException(
                "The project refers to the repository: run this program where it was built.");
    }

    public const string Usings = """
        using Ensembles;
        using TorchSharp;
        using TorchSharp.Modules;
        using static TorchSharp.torch;
        using static TorchSharp.torch.nn;

        namespace Many;


        """;

    /// <summary>A defense that asks for a graph.</summary>
    public static string PartialDefense(int number) =>
        Defense(number).Replace("sealed class", "sealed partial class", StringComparison.Ordinal);

    static string Defense(int number) => $$"""
        [Defense(Category.{{(number % 2 == 0 ? "FeatureSeparation" : "NonRobustFeatures")}})]
        [Claims<{{(number % 2 == 0 ? "IntraClassCompactness" : "NonRobustFeatureRemoval")}}>]
        public sealed class Defense{{number}} : Classifier
        {
            readonly Conv2d conv1 = Conv2d(1, 16, 3, padding: 1);
            readonly Conv2d conv2 = Conv2d(16, 32, 3, padding: 1);
            readonly Module<Tensor, Tensor> block = Sequential(Conv2d(32, 32, 3, padding: 1), ReLU(), MaxPool2d(2));
            readonly Dropout dropout = Dropout(0.5);
            readonly Linear hidden = Linear(32 * 7 * 7, 128);
            readonly Linear output = Linear(128, 10);

            public Defense{{number}}() => RegisterComponents();

            public double Weight { get; set; } = 0.{{number}};

            public override Tensor forward(Tensor images)
            {
                using var scope = NewDisposeScope();
                return output.call(dropout.call(Features(Centered(images)))).MoveToOuterDisposeScope();
            }

            public Tensor Loss(Tensor images, Tensor labels) =>
                functional.cross_entropy(call(images), labels) + Features(images).pow(2).sum(1).mean() * Weight;

            Tensor Features(Tensor images)
            {
                var x = functional.relu(conv1.call(images));
                x = functional.max_pool2d(functional.relu(conv2.call(x)), 2);
                for (var i = 0; i < 2; i++)
                    x = i == 0 ? block.call(x) : x + 0.1 * x.tanh();
                return hidden.call(x.flatten(1)).relu();
            }

            static Tensor Centered(Tensor images) =>
                (images - images.mean([1, 2, 3], keepdim: true)) / (images.std([1, 2, 3], keepdim: true) + 1e-3);
        }
        """;

    public static string Ensemble(int number) => $$"""
        [Ensemble<MeanProbability>]
        public partial class Ensemble{{number}}
        {
            [Member] public partial Defense{{number}} First { get; }
            [Member] public partial Defense{{number + 1}} Second { get; }
            [Member] public partial Defense{{number + 2}} Third { get; }
        }
        """;
}
