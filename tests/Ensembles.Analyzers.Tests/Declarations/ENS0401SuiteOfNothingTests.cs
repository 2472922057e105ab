using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Declarations;

public class ENS0401SuiteOfNothingTests : RuleTests<ENS0401SuiteOfNothing>
{
    const string Suite = """
        [[|AblationSuite<E>|]]
        public partial class S
        {
            protected override AblationSetup<E> Setup() => throw new NotImplementedException();
        }

        [Ensemble<MeanLogit>]
        public partial class E
        {
            [Member] public partial Blurred A { get; }
        }
        """;

    [Fact]
    public void Finds_suites_of_what_is_no_declared_ensemble() => Reports(
        """
        [[|AblationSuite<Ensemble>|]]
        public partial class S;
        """,
        "No tests are generated for `S`: `Ensemble` declares no [Member] and no [Gate]");

    [Fact]
    public void Finds_projects_without_xunit()
    {
        var source = new Marked(Snippets.Usings + Suite).Source;
        var compilation = AnalyzerRun.Compile([source, Snippets.Zoo]).WithReferences(References.Without("xunit"));

        var run = AnalyzerRun.On(compilation, new ENS0401SuiteOfNothing());

        Assert.Equal(
            "No tests are generated for `S`: this project does not reference xunit",
            Assert.Single(run.Diagnostics).GetMessage());
    }

    [Fact]
    public void Accepts_suites_of_ensembles() => Accepts(new Marked(Suite).Source);

    [Fact]
    public void Accepts_suites_of_ensembles_of_referenced_assemblies()
    {
        const string ensemble =
            "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Blurred A { get; } }";
        var library = AnalyzerRun.On([Snippets.Usings + ensemble, Snippets.Zoo]).Completed;
        var suite = Snippets.Usings
            + "[AblationSuite<E>] public partial class S { protected override AblationSetup<E> Setup() => throw new "
            + "NotImplementedException(); }";

        var run = AnalyzerRun.On(
            AnalyzerRun.Compile([suite], "Tests", library.ToMetadataReference()), new ENS0401SuiteOfNothing());

        Assert.Empty(run.Diagnostics);
        Assert.True(run.Generated);
    }
}
