using Ensembles.Evaluation.Tests.Fakes;

namespace Ensembles.Evaluation.Tests.Storage;

/// <summary>Several processes with one folder of finished units.</summary>
public sealed class SharedWorkTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    AblationStudy Study(FakeEnsemble ensemble, LabeledImages images, CornerAttack attack) => new()
    {
        Ensemble = ensemble,
        Images = images,
        Threat = new Attacks.ThreatModel(Norm.Linf, 0.2),
        Epsilons = [0.1],
        Attacks = [attack],
        Checks = CheckBudget.None,
        ResultsFolder = folder.Path,
    };

    static FakeEnsemble Two() =>
        new([("One", LinearClassifier.OfPixel(0)), ("Two", LinearClassifier.OfPixel(1))]);

    /// <summary>The attack on the whole starts from what broke its members, so that it waits for both.</summary>
    [Fact]
    public async Task What_another_process_has_is_left_to_it_and_the_rest_is_done()
    {
        using var images = FourPixels.Of(40, [0.15, 0.1, 0, 0], noise: 0.1);
        using var ensemble = Two();
        using var undisturbed = new TemporaryFolder();
        var expected = (Study(ensemble, images, new CornerAttack()) with { ResultsFolder = undisturbed.Path }).Run();

        // Another process is at work on the first member.
        var claim = FileClaim.TryTake(Path.Combine(folder.Path, "attack-member-One-0.2.claim"))!;
        List<string> begun = [];
        var waiting = new TaskCompletionSource();
        var study = Task.Run(() => Study(ensemble, images, new CornerAttack()).Run(
            new Numerics.ImmediateProgress<StudyProgress>(now =>
            {
                lock (begun)
                    begun.Add(now.Step);
                if (now.Step.StartsWith("attacking Two at Linf 0.1", StringComparison.Ordinal) && now.Share > 0.1)
                    waiting.TrySetResult();
            })));
        await waiting.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await Task.Delay(500);
        lock (begun)
        {
            Assert.Contains("attacking Two at Linf 0.2", begun);
            Assert.DoesNotContain(begun, step => step.StartsWith("attacking One", StringComparison.Ordinal));
            Assert.DoesNotContain(begun, step => step.StartsWith("attacking Fake", StringComparison.Ordinal));
        }

        claim.Dispose();
        var result = await study.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.Equal(
            ReportCsv.Images(expected) + ReportCsv.Contributions(expected),
            ReportCsv.Images(result) + ReportCsv.Contributions(result));
        Assert.Empty(Directory.EnumerateFiles(folder.Path, "*.claim"));
    }

    [Fact]
    public void Who_waits_for_another_process_can_be_stopped()
    {
        using var images = FourPixels.Of(40, [0.15, 0.1, 0, 0], noise: 0.1);
        using var ensemble = Two();
        using var claim = FileClaim.TryTake(Path.Combine(folder.Path, "judging-whole.claim"));
        using var stop = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        Assert.Throws<OperationCanceledException>(() =>
            Study(ensemble, images, new CornerAttack()).Run(cancellation: stop.Token));
    }

    [Fact]
    public void A_claim_is_had_by_one_at_a_time_and_by_the_next_afterwards()
    {
        var path = Path.Combine(folder.Path, "work.claim");
        using (var first = FileClaim.TryTake(path))
        {
            Assert.NotNull(first);
            Assert.Null(FileClaim.TryTake(path));
        }

        Assert.False(File.Exists(path));
        using var second = FileClaim.TryTake(path);
        Assert.NotNull(second);
        // What a killed process left is no claim.
        var left = Path.Combine(folder.Path, "left.claim");
        File.WriteAllText(left, "");
        using var third = FileClaim.TryTake(left);
        Assert.NotNull(third);
        var gone = Path.Combine(folder.Path, "gone", "a.claim");
        Assert.Throws<DirectoryNotFoundException>(() => FileClaim.TryTake(gone));
    }
}
