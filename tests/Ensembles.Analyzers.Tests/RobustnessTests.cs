using Ensembles.Analyzers.Tests.Running;
using Ensembles.CodeFixes;
using Ensembles.Generators.Tests.Running;
using Microsoft.CodeAnalysis.CodeFixes;

namespace Ensembles.Analyzers.Tests;

/// <summary>Whatever a person has typed so far, no analyzer and no fix throws.</summary>
public class RobustnessTests
{
    const string Modules = Snippets.Usings + """
        [Defense(Category.FeatureSeparation), Claims<IntraClassCompactness>]
        public class Apart : Classifier
        {
            readonly Module<Tensor, Tensor> body = Sequential(Conv2d(1, 8, 3), BatchNorm2d(8), ReLU());
            readonly List<Linear> layers = [];
            readonly Linear late;
            Linear Second { get; }

            public Apart(int size) : base("apart")
            {
                RegisterComponents();
                (late, Second) = (Linear(size, 1), Linear(1, 1));
                foreach (var layer in layers)
                    layer.eval();
            }

            public override Tensor forward(Tensor images) => late.call(body.call(images).flatten(1));
        }

        [Defense(Category.Detection), Claims<IntraClassCompactness>]
        public class Roleless { public Tensor forward(Tensor images) => images; }

        public class Outer
        {
            [Ensemble<MajorityVote>(Quorum = 4)]
            public class Pair
            {
                [Member(Weight = -1)] public Apart A { get; }
                [Gate(FalsePositiveRate = 2)] public Apart B { get; }
                [Member] public Roleless C { get; }
            }
        }
        """;

    static readonly CodeFixProvider[] fixes = [.. typeof(RuleFix).Assembly.GetTypes()
        .Where(type => type.IsSubclassOf(typeof(RuleFix)) && !type.IsAbstract)
        .Select(type => (CodeFixProvider)Activator.CreateInstance(type)!)];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Analyzers_survive_random_edits(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 30; i++)
        {
            var sources = new[] { Sources.Defenses, Sources.Quartet, Sources.QuartetSuite, Modules };
            var edited = random.Next(sources.Length);
            for (var edits = random.Next(1, 4); edits > 0; edits--)
                sources[edited] = Mutation.Of(sources[edited], random);

            // A crash of an analyzer fails here.
            AnalyzerRun.On(sources);
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void Fixes_survive_random_edits(int seed)
    {
        var random = new Random(seed);
        for (var i = 0; i < 8; i++)
        {
            var source = i == 0 ? Modules : Mutation.Of(Mutation.Of(Modules, random), random);
            foreach (var fix in fixes)
            {
                var analyzer = Rules.Analyzers.Single(a => a.SupportedDiagnostics[0].Id == fix.FixableDiagnosticIds[0]);
                using var run = new FixRun(analyzer, fix, [source]);
                foreach (var action in run.Diagnostics.SelectMany(run.Offered))
                {
                    Assert.NotNull(FixRun.Changed(action));
                    // What only a person knows is decided one at a time.
                    if (run.OfferedEverywhere(action.EquivalenceKey!) is { } everywhere)
                        Assert.NotNull(FixRun.Changed(everywhere));
                    else
                        Assert.True(fix is ENS0008NotADefenseFix or ENS0003ComplementFix);
                }
            }
        }
    }
}
