using System.Text.RegularExpressions;

namespace PackedPackage.Tests;

/// <summary>
/// What users meet who have only the packed files. That the projects build, all but one of them with warnings as
/// errors, is a condition of each fact.
/// </summary>
[Collection(nameof(PackedCollection))]
public sealed class ConsumerTests(Consumers consumers) : IClassFixture<Consumers>
{
    [Fact]
    public void The_packed_generator_and_libtorch_work_in_an_empty_folder() =>
        Assert.Contains("labels 0 1 rule MeanProbability", consumers.Run("Pair"));

    [Fact]
    public void The_packed_analyzers_warn_of_an_ensemble_of_one_category()
    {
        var output = consumers.Said("OneSided");

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
    public void What_a_study_has_left_beside_a_project_is_said_in_its_build() => Assert.Matches(
        @"Program\.cs\(\d+,\d+\): warning ENS0502: `Second` claims blur, which does not show: 0\.6 "
            + @"\(300 images, PGD-40 x 4 at Linf 0\.3, 2026-11-26\)",
        consumers.Said("OneSided"));

    /// <summary>Of those two that have none, one does not want to hear it.</summary>
    [Fact]
    public void A_build_says_that_no_package_carries_libtorch()
    {
        var output = consumers.Said("OneSided");

        Assert.Contains("warning ENSNATIVE02", output);
        Assert.Contains("dotnet add package TorchSharp-cpu --version 0.107.0", output);
        Assert.DoesNotContain("ENSNATIVE02", consumers.Said("Pair"));
        Assert.DoesNotContain("ENSNATIVE02", consumers.Said("Mended"));
    }

    [Fact]
    public void Dotnet_format_applies_the_packed_fixes() =>
        Assert.Contains(Programs.Mended, consumers.Read("Mended/Program.cs"));

    /// <summary>It has no warning, and its build has ended well.</summary>
    [Fact]
    public void The_tutorial_of_the_readme_builds_as_typed() => Assert.Empty(consumers.Said("Tutorial"));

    [Fact]
    public void The_template_makes_a_program_that_builds_without_warnings_and_reports_an_ablation()
    {
        Assert.Empty(consumers.Said("Strong"));
        Assert.Contains("namespace Strong;", consumers.Read("Strong/Pair.cs"));
        var output = consumers.Run("Strong");

        Assert.Contains("Compact", output);
        Assert.DoesNotContain("INVALID", output);
    }
}
