using Ensembles.Generators.Tests.Running;

namespace Ensembles.Generators.Tests;

/// <summary>Tests are written for the test frameworks that a project references, in any version.</summary>
public class SuiteFrameworkTests
{
    const string File = "Demo.Tests.QuartetAblation-suite.g.cs";

    // As xunit 3 declares it.
    const string Xunit3 = """
        #pragma warning disable CS1591, CS9113
        namespace Xunit
        {
            using System.Runtime.CompilerServices;

            public class FactAttribute(
                [CallerFilePath] string? file = null, [CallerLineNumber] int line = -1) : System.Attribute;
        }
        """;

    const string NUnit = """
        #pragma warning disable CS1591
        namespace NUnit.Framework { public class TestAttribute : System.Attribute; }
        """;

    const string MSTest = """
        #pragma warning disable CS1591
        namespace Microsoft.VisualStudio.TestTools.UnitTesting
        {
            public class TestMethodAttribute : System.Attribute;
            [System.AttributeUsage(System.AttributeTargets.Class)] public class TestClassAttribute : System.Attribute;
        }
        """;

    [Theory]
    [InlineData(Xunit3, "Xunit.FactAttribute")]
    [InlineData(NUnit, "NUnit.Framework.TestAttribute")]
    [InlineData(MSTest, "Microsoft.VisualStudio.TestTools.UnitTesting.TestMethodAttribute")]
    public void Each_test_has_the_attribute_of_the_framework(string framework, string attribute)
    {
        var run = GeneratorRun.On([Sources.Defenses, Sources.Quartet, Sources.QuartetSuite, framework], "xunit");

        Assert.Empty(run.Complaints);
        var suite = run.Completed.GetTypeByMetadataName("Demo.Tests.QuartetAblation")!;
        var tests = run.Files[File].Split("public void").Length - 1;
        Assert.True(tests >= 11);
        Assert.Equal(tests, suite.GetMembers().Count(member =>
            member.GetAttributes().Any(data => data.AttributeClass!.ToDisplayString() == attribute)));
        Assert.Equal(
            framework == MSTest ? ["TestClassAttribute"] : [],
            suite.GetAttributes().Select(data => data.AttributeClass!.Name).Where(name => name.StartsWith("Test")));
    }

    [Fact]
    public void Each_test_has_the_attributes_of_all_of_them()
    {
        var run = GeneratorRun.On([Sources.Defenses, Sources.Quartet, Sources.QuartetSuite, NUnit, MSTest]);

        Assert.Empty(run.Complaints);
        Assert.Contains("""
                [global::Xunit.Fact]
                [global::NUnit.Framework.Test]
                [global::Microsoft.VisualStudio.TestTools.UnitTesting.TestMethod]
                public void Fine_adds() => this.AssertMemberAdds("Fine");
            """, run.Files[File], StringComparison.Ordinal);
    }

    [Fact]
    public void A_class_that_is_marked_already_is_not_marked_again()
    {
        var marked = Sources.QuartetSuite.Replace(
            "[AblationSuite<Quartet>]",
            "[AblationSuite<Quartet>] [Microsoft.VisualStudio.TestTools.UnitTesting.TestClass]",
            StringComparison.Ordinal);

        var run = GeneratorRun.On([Sources.Defenses, Sources.Quartet, marked, MSTest], "xunit");

        Assert.Empty(run.Complaints);
        Assert.Contains(File, run.Files.Keys);
    }

    [Fact]
    public void Two_versions_of_one_framework_get_no_tests()
    {
        var run = GeneratorRun.On([Sources.Defenses, Sources.Quartet, Sources.QuartetSuite, Xunit3]);

        Assert.DoesNotContain(File, run.Files.Keys);
    }

    /// <summary>A build ends at errors in declarations, before it comes to the analyzers.</summary>
    [Theory]
    [InlineData("public partial class", "partial class")]
    [InlineData("public partial class", "sealed partial class")]
    [InlineData("QuartetAblation", "QuartetAblation<T>")]
    [InlineData("<Quartet>", "<Quartet>")]
    public void A_suite_that_nothing_would_run_gets_its_base_alone(string word, string other)
    {
        var suite = Sources.QuartetSuite.Replace(word, other, StringComparison.Ordinal);

        var run = GeneratorRun.On(
            [Sources.Defenses, Sources.Quartet, "#pragma warning disable CS1712\n" + suite],
            word == other ? "xunit" : "none");

        Assert.Empty(run.Complaints);
        Assert.DoesNotContain("public void", Assert.Single(
            run.Files, file => file.Key.EndsWith(".refused.g.cs", StringComparison.Ordinal)).Value);
    }

    /// <summary>Members of the suite that are called like tests.</summary>
    [Theory]
    [InlineData("int Fine_adds;")]
    [InlineData("void Attack_passes_its_sanity_checks() { }")]
    [InlineData("class Whole_beats_its_best_member;")]
    [InlineData("static int Doubt_keeps_its_false_positive_rate => 1; int Doubt_adds() => 1;")]
    public void Tests_get_names_of_their_own(string member)
    {
        var suite = Sources.QuartetSuite.Replace("{\n", $"{{\n    {member}\n", StringComparison.Ordinal);

        var run = GeneratorRun.On([
            Sources.Defenses, Sources.Quartet, "#pragma warning disable CS0169, CS1591\n" + suite]);

        Assert.Empty(run.Complaints);
        Assert.Contains(File, run.Files.Keys);
    }

    [Theory]
    [InlineData("[Experimental(\"TRY01\")]")]
    [InlineData("[System.Obsolete]")]
    [InlineData("[System.Obsolete(\"No.\", DiagnosticId = \"TRY01\")]")]
    public void The_ensemble_may_be_marked(string mark)
    {
        const string usings = "using System.Diagnostics.CodeAnalysis;\n";
        var run = GeneratorRun.On([
            Sources.Defenses,
            usings + Sources.Quartet.Replace("[Ensemble", $"{mark} [Ensemble", StringComparison.Ordinal),
            "#pragma warning disable TRY01, CS0612\n" + Sources.QuartetSuite]);

        Assert.Empty(run.Complaints);
        Assert.Contains(File, run.Files.Keys);
    }
}
