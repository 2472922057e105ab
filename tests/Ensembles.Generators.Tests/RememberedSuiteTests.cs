using Ensembles.Generators.Tests.Running;
using Microsoft.CodeAnalysis;

namespace Ensembles.Generators.Tests;

/// <summary>
/// A suite of a referenced ensemble is read once, and again where an edit elsewhere can give its names another meaning.
/// </summary>
public class RememberedSuiteTests
{
    const string Unrelated = "class Unrelated { }";

    static readonly MetadataReference library = Library();

    static readonly GeneratorRun first = On(Unrelated);

    [Fact]
    public void Nothing_is_read_again_after_an_unrelated_edit()
    {
        var after = After("class Unrelated { int edited; } class Fine { }");

        Assert.NotNull(Model(first));
        Assert.Same(Model(first), Model(after));
    }

    [Theory]
    // An ensemble, a base class, a statement and a framework nearer by.
    [InlineData("namespace Demo.Tests { class Quartet { } }")]
    [InlineData("namespace Demo.Tests { class MayAddNothingAttribute : System.Attribute { } }")]
    [InlineData("namespace Demo.Tests { namespace Zoo { class Calm { } } }")]
    [InlineData("namespace Xunit { class FactAttribute : System.Attribute { } }")]
    [InlineData("namespace NUnit.Framework { public class TestAttribute : System.Attribute { } }")]
    [InlineData(
        "namespace Microsoft.VisualStudio.TestTools.UnitTesting { public class TestMethodAttribute : System.Attribute "
        + "{ } }")]
    // Another part of the class.
    [InlineData("namespace Demo.Tests { partial class QuartetAblation { int Fine_adds; } }")]
    [InlineData(
        "namespace Demo.Tests { [Ensembles.Xunit.MayAddNothing(\"Fine\", \"\")] partial class QuartetAblation; }")]
    [InlineData("global using Quartet = System.Exception;")]
    public void An_edit_elsewhere_gives_what_a_first_reading_would(string edited) =>
        Assert.Equal(On(edited).Files, After(edited).Files);

    static GeneratorRun On(string other) => GeneratorRun.On([Sources.QuartetSuite, other])
        .After(c => c.WithAssemblyName("Demo.Tests").AddReferences(library));

    static GeneratorRun After(string edited) => first.After(c => c.ReplaceSyntaxTree(
        c.SyntaxTrees.Last(), GeneratorRun.Parse(edited, c.SyntaxTrees.Last().FilePath)));

    static object Model(GeneratorRun run) =>
        Assert.Single(Assert.Single(run.Result.TrackedSteps["Suites"]).Outputs).Value;

    static PortableExecutableReference Library()
    {
        var image = new MemoryStream();
        Assert.True(GeneratorRun.On([Sources.Defenses, Sources.Quartet]).Completed.Emit(image).Success);
        return MetadataReference.CreateFromImage(image.ToArray());
    }
}
