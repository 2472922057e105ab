using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;
using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Storage;

/// <summary>What is stored and is not what was written is said, and computed again.</summary>
public sealed class StoredUnitsTests : IDisposable
{
    readonly TemporaryFolder folder = new();
    readonly FakeEnsemble ensemble = new(
        [("Robust", LinearClassifier.OfPixel(0)), ("Fragile", LinearClassifier.OfPixel(1, scale: 1.5f))],
        [("Idle", new NearnessDetector(3), 10f)]);
    readonly LabeledImages images = FourPixels.Of(12, [0.3, 0.12, 0, 0]);
    readonly List<string> notices = [];

    public void Dispose()
    {
        ensemble.Dispose();
        images.Dispose();
        folder.Dispose();
    }

    /// <summary>The result without the seconds it took.</summary>
    string Run()
    {
        notices.Clear();
        var result = new AblationStudy
        {
            Ensemble = ensemble,
            Images = images,
            ValidationImages = full(100, 1, 2, 2, 0.5f),
            Threat = new ThreatModel(Norm.Linf, 0.2),
            Attacks = [new CornerAttack()],
            Seed = 5,
            ResultsFolder = folder.Path,
        }.Run(new Notices(notices));
        return Regex.Replace(JsonSerializer.Serialize(result), "\"Seconds\":[^,}]*", "");
    }

    /// <summary>Does something to every file; the study has the same result, and names each of them.</summary>
    void AssertMended(string pattern, Action<string> damage)
    {
        var expected = Run();
        Assert.Empty(notices);
        var files = Directory.GetFiles(folder.Path, pattern);
        Assert.NotEmpty(files);
        foreach (var file in files)
            damage(file);
        Assert.Equal(expected, Run());
        foreach (var file in files)
            Assert.Single(notices, notice => notice.StartsWith(file, StringComparison.Ordinal));
        Assert.Equal(files.Length, notices.Count);
        Assert.Equal(expected, Run());
        Assert.Empty(notices);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void One_digit(int seed)
    {
        var random = new Random(seed);
        AssertMended("*.json", file =>
        {
            var text = File.ReadAllText(file).ToCharArray();
            var digits = Enumerable.Range(0, text.Length).Where(i => char.IsAsciiDigit(text[i])).ToArray();
            var at = digits[random.Next(digits.Length)];
            text[at] = (char)('0' + (text[at] - '0' + random.Next(1, 10)) % 10);
            File.WriteAllText(file, new string(text));
        });
    }

    [Theory]
    [InlineData(@"\[[\d.,]+\]", "null")]
    [InlineData(@"\[[\d.]+", "[")]
    [InlineData("\"Content\":", "\"Content\":null,\"Old\":")]
    [InlineData("\"Sha256\":\"..", "\"Sha256\":null,\"Old\":\"..")]
    [InlineData("^.*$", "null")]
    [InlineData("^.*$", "")]
    public void A_part_of_the_figures(string part, string replacement) => AssertMended(
        "*-Linf-*.json",
        file => File.WriteAllText(file, new Regex(part).Replace(File.ReadAllText(file), replacement, 1)));

    [Fact]
    public void A_byte_of_the_images() => AssertMended("*.safetensors", file =>
    {
        var bytes = File.ReadAllBytes(file);
        bytes[^2] ^= 1;
        File.WriteAllBytes(file, bytes);
    });

    [Fact]
    public void Images_of_another_unit()
    {
        AssertMended("whole-Linf-0.2.safetensors", file =>
        {
            var others = Directory.GetFiles(folder.Path, "*.safetensors").Select(File.ReadAllBytes);
            var own = File.ReadAllBytes(file);
            File.WriteAllBytes(file, others.First(other => !other.SequenceEqual(own)));
        });
    }

    [Fact]
    public void Images_that_are_gone() => AssertMended("*.safetensors", File.Delete);

    [Fact]
    public void A_pipe_in_place_of_the_figures()
    {
        if (OperatingSystem.IsWindows())
            return;
        AssertMended("whole-*.json", file =>
        {
            File.Delete(file);
            using var process = Process.Start("mkfifo", file);
            process.WaitForExit();
        });
    }

    [Fact]
    public void A_folder_in_place_of_a_file_is_said_before_anything_is_computed()
    {
        var inTheWay = Path.Combine(folder.Path, "whole-Linf-0.2.json");
        Directory.CreateDirectory(inTheWay);
        Assert.Contains(inTheWay, Assert.Throws<IOException>(() => Run()).Message);
    }

    sealed class Notices(List<string> notices) : IProgress<StudyProgress>
    {
        public void Report(StudyProgress value)
        {
            if (value.Notice is { } notice)
                notices.Add(notice);
        }
    }
}
