using Ensembles.Generators;
using Microsoft.CodeAnalysis;

namespace Ensembles.Fuzz;

/// <summary>
/// An editor remembers what it read of a declaration; whatever is typed in another file, the code is the one that a
/// build writes.
/// </summary>
public class EditedElsewhereTests
{
    const string Pair = """
        using Ensembles;
        using Ensembles.Defenses;

        namespace Demo.Inner;

        [Ensemble<MeanLogit>]
        public partial class Pair
        {
            [Gate(FalsePositiveRate = 0.01)] public partial BayesianUncertaintyDetector Doubt { get; }
            [Member] public partial EdgeClassifier Edges { get; }
            [Member(Weight = 2)] public partial CenterLossClassifier Compact { get; }
        }
        """;

    /// <summary>Another file, in which every declared name is N0 to N9.</summary>
    const string Neighbour = """
        global using N0 = Ensembles.Defenses.StochasticPruningClassifier;
        using Ensembles;
        using Ensembles.Defenses;

        namespace Demo
        {
            namespace Inner
            {
                sealed class N1 : System.Attribute { class N2 { } }

                partial class N3 { int N4, weights, WithoutEdges; }
            }

            abstract class N5 : Classifier { protected N5() : base("") { } }

            namespace N6 { enum N7 { Weight } }
        }

        namespace N8 { interface N9 { } }
        """;

    /// <summary>The names that the ensemble is written with.</summary>
    static readonly string[] names =
    [
        "EdgeClassifier", "CenterLossClassifier", "BayesianUncertaintyDetector", "Member", "MemberAttribute", "Gate",
        "GateAttribute", "Ensemble", "EnsembleAttribute",
        "MeanLogit", "Ensembles", "Defenses", "Demo", "Inner", "Pair", "Edges", "Compact", "Doubt", "Weight",
        "FalsePositiveRate",
    ];

    [Fact]
    public void Code_after_two_thousand_edits_of_another_file_is_that_of_a_first_reading()
    {
        var world = new World("elsewhere", Neighbour, [Pair]);
        var untouched = Code(world.With(Neighbour));
        var otherwise = 0;
        for (var number = 0; number < 2000; number++)
        {
            var edited = world.With(Renamed(new Random(number)));
            var code = Code(edited);
            Assert.Equal(Code((edited.Compilation, World.Driver(new EnsembleGenerator()))), code);
            otherwise += code.SequenceEqual(untouched) ? 0 : 1;
        }

        // Without edits that concern the ensemble nothing would be shown, and neither without those that do not.
        Assert.Contains("Edges", Assert.Single(untouched));
        Assert.InRange(otherwise, 200, 1800);
    }

    /// <summary>The other file with one or two of its names changed to the ensemble's.</summary>
    static string Renamed(Random random)
    {
        var source = Neighbour;
        for (var left = 1 + random.Next(2); left > 0; left--)
            source = source.Replace($"N{random.Next(10)}", names[random.Next(names.Length)], StringComparison.Ordinal);
        return source;
    }

    static string[] Code((Compilation Compilation, GeneratorDriver Driver) edited) =>
        [.. edited.Driver.RunGenerators(edited.Compilation)
            .GetRunResult().GeneratedTrees
            .Select(tree => tree.ToString())];
}
