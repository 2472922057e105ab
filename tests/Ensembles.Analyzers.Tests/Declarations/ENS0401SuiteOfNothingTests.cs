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
    public void Finds_projects_without_a_test_framework()
    {
        var source = new Marked(Snippets.Usings + Suite).Source;
        var compilation = AnalyzerRun.Compile([source, Snippets.Zoo]).WithReferences(References.Without("xunit"));

        var run = AnalyzerRun.On(compilation, new ENS0401SuiteOfNothing());

        Assert.Equal(
            "No tests are generated for `S`: this project references no test framework that they could be written "
            + "for: xunit, NUnit or MSTest",
            Assert.Single(run.Diagnostics).GetMessage());
    }

    [Fact]
    public void Finds_projects_with_two_versions_of_one() => Reports(
        Suite + "\nnamespace Xunit { public class FactAttribute : Attribute; }",
        "No tests are generated for `S`: this project references xunit more than once, in `Demo` and `xunit.core`");

    /// <summary>A test framework would pass over the class, and say nothing.</summary>
    [Theory]
    [InlineData("[[|AblationSuite<E>|]] partial class S { {} }", "it is not public, and test frameworks run the tests "
        + "of public classes")]
    [InlineData("partial class Outer { [[|AblationSuite<E>|]] public partial class S { {} } }", "it is not public, and "
        + "test frameworks run the tests of public classes")]
    [InlineData("[[|AblationSuite<E>|]] public partial class S<T> { {} }", "it is generic, and a test framework would "
        + "not know for which type to construct it")]
    [InlineData("public partial class Outer<T> { [[|AblationSuite<E>|]] public partial class S { {} } }", "it is "
        + "generic, and a test framework would not know for which type to construct it")]
    [InlineData("[[|AblationSuite<E>|]] public partial class S { S() { } {} }", "it has no public constructor for a "
        + "test framework to call")]
    public void Finds_classes_that_no_framework_constructs(string suite, string reason) => Reports(
        suite.Replace(
            "{}", "protected override AblationSetup<E> Setup() => throw new NotImplementedException();",
            StringComparison.Ordinal)
        + "[Ensemble<MeanLogit>] public partial class E { [Member] public partial Blurred A { get; } }",
        $"No tests are generated for `S`: {reason}");

    [Fact]
    public void Accepts_classes_that_frameworks_construct() => Accepts(
        """
        public static partial class Outer
        {
            [AblationSuite<E>]
            public sealed partial class S(int size)
            {
                public S() : this(3) { }
                protected override AblationSetup<E> Setup() => throw new NotImplementedException($"{size}");
            }
        }

        [Ensemble<MeanLogit>] public partial class E { [Member] public partial Blurred A { get; } }
        """);

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
