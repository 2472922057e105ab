using System.Text.RegularExpressions;

namespace PackedPackage.Tests;

/// <summary>What the consumers of the packed files are made of.</summary>
static partial class Programs
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

    /// <summary>Two members, an ensemble that is complete, and its decision on a dark and on a bright image.</summary>
    public const string Pair = Usings + """
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

        """ + Bright + Apart;

    /// <summary>An ensemble of one category.</summary>
    public const string OneSided = Usings + """
        Console.WriteLine(typeof(OneSided));

        [Ensemble<MeanProbability>]
        public partial class OneSided
        {
            [Member] public partial Bright First { get; }
            [Member] public partial Bright Second { get; }
        }

        """ + Bright;

    /// <summary>What a study may have left beside it.</summary>
    public const string Evidence = """
        {
          "format": "Ensembles evidence 1",
          "ensemble": "OneSided",
          "declaration": "MeanProbability, quorum 1: member First Bright 1; member Second Bright 1",
          "setting": "300 images, PGD-40 x 4 at Linf 0.3, 2026-11-26",
          "components": [],
          "claims": [ { "component": "Second", "strength": "blur", "holds": "no", "says": "does not show: 0.6" } ]
        }
        """;

    /// <summary>An ensemble without the word that the generator needs.</summary>
    public const string Unmended = Usings + """
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

        """ + Bright + Apart;

    /// <summary>The same with it.</summary>
    public const string Mended = """
        public partial class Outer
        {
            [Ensemble<MeanProbability>]
            public partial class Pair
            {
                [Member] public partial Bright First { get; }
                [Member] public partial Apart Second { get; }
            }
        }
        """;

    /// <summary>The blocks of the README's tutorial, typed as they stand there.</summary>
    public static string[] TutorialBlocks => [.. Block().Matches(Tutorial).Select(match => match.Groups[1].Value)];

    /// <summary>The packages that the tutorial says to add.</summary>
    public static IEnumerable<string> TutorialPackages =>
        Package().Matches(Tutorial).Select(match => match.Groups[1].Value);

    static string Tutorial
    {
        get
        {
            var readme = File.ReadAllText(Path.Combine(Dotnet.RepositoryRoot, "README.md"));
            return readme[readme.IndexOf("## Ten minutes", StringComparison.Ordinal)..];
        }
    }

    [GeneratedRegex("```csharp\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();

    [GeneratedRegex(@"dotnet add package (\S+)")]
    private static partial Regex Package();
}
