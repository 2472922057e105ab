using Ensembles.Attacks;
using Ensembles.Evaluation.Tests.Fakes;

namespace Ensembles.Evaluation.Tests.Search;

/// <summary>Several processes that search with one folder.</summary>
public sealed class SharedSearchTests : IDisposable
{
    readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    EnsembleSearch Search(TemporaryFolder kept) => new()
    {
        Classifiers =
        [
            .. Enumerable.Range(0, 3).Select(pixel =>
                new Named<Classifier>($"Pixel{pixel}", LinearClassifier.OfPixel(pixel, 4))),
        ],
        Images = FourPixels.Of(60, [0.2, 0.2, 0.2, 0.3], noise: 0.2, seed: 1),
        HeldOut = FourPixels.Of(60, [0.2, 0.2, 0.2, 0.3], noise: 0.2, seed: 2),
        Threat = new ThreatModel(Norm.Linf, 0.15),
        Attacks = [new Pgd { Steps = 5 }],
        Rules = [SearchedRule.From<MeanProbability>()],
        Seed = 3,
        ResultsFolder = kept.Path,
    };

    [Fact]
    public async Task What_another_process_attacks_or_checks_is_left_to_it_and_the_rest_is_done()
    {
        using var undisturbed = new TemporaryFolder();
        var expected = Search(undisturbed).Run().ToString();

        // Another process is at work on one of the attacks, and on a check of the winner.
        var first = Directory.EnumerateFiles(undisturbed.Path, "search-*-Linf-0.15.json")
            .Select(file => Path.GetFileName(file).Split("-Linf", 2)[0]).Order().First();
        var attack = FileClaim.TryTake(Path.Combine(folder.Path, $"attack-{first}.claim"))!;
        var check = FileClaim.TryTake(Path.Combine(folder.Path, "check-held-out-3.claim"))!;
        var search = Task.Run(() => Search(folder).Run().ToString());
        await UntilStored(count: 2, "search-*-Linf-0.15.json");
        Assert.Empty(Directory.EnumerateFiles(folder.Path, "held-out-*"));

        attack.Dispose();
        await UntilStored(count: 5, "held-out-winner-Linf-check-*.json");
        await Task.Delay(500);
        Assert.Empty(Directory.EnumerateFiles(folder.Path, "held-out-winner-Linf-check-3.json"));
        Assert.Empty(Directory.EnumerateFiles(folder.Path, "held-out-*-all.json"));

        check.Dispose();
        Assert.Equal(expected, await search.WaitAsync(TimeSpan.FromSeconds(60)));
        Assert.Empty(Directory.EnumerateFiles(folder.Path, "*.claim"));
    }

    async Task UntilStored(int count, string pattern)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (Directory.EnumerateFiles(folder.Path, pattern).Count() < count)
            await Task.Delay(50, patience.Token);
    }
}
