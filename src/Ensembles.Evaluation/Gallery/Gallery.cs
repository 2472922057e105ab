using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>
/// Chooses images to show: first those on which the attack misled a defense, one of each class before a second of any,
/// then rejected and surviving ones.
/// </summary>
/// <param name="surface">The defense.</param>
/// <param name="survival">What it survived.</param>
/// <param name="images">The test images.</param>
/// <param name="threat">Only candidates inside its radius are shown.</param>
/// <param name="options">Seed and batch size.</param>
sealed class Gallery(
    AttackSurface surface, Survival survival, LabeledImages images, ThreatModel threat, EvaluationOptions options)
{
    const int MisledShown = 6;
    const int OthersShown = 2;

    readonly long[] labels = HostMemory.ReadLongs(images.Labels);

    /// <summary>Shows each chosen image with the worst of its candidates.</summary>
    /// <param name="candidates">Everything found, what was found against the defense itself first.</param>
    public IReadOnlyList<GalleryItem> Show(IReadOnlyList<Candidates> candidates)
    {
        using var scope = NewDisposeScope();
        return [.. Choose().Select(image => Show(image, candidates)).OfType<GalleryItem>()];
    }

    IEnumerable<int> Choose()
    {
        var (level, draws) = (survival.Level(threat.Epsilon), survival.Draws);
        var (clean, lenient, strict) = (survival.Lenient[0], survival.Lenient[level], survival.Strict[level]);
        int[] right = [.. Enumerable.Range(0, labels.Length).Where(i => clean[i] == draws)];
        var misled = right.Where(i => lenient[i] < draws);
        var rejected = right.Where(i => lenient[i] == draws && strict[i] < draws);
        var survived = right.Where(i => strict[i] == draws);
        return
        [
            .. OneOfEachClassFirst(misled).Take(MisledShown),
            .. OneOfEachClassFirst(rejected).Take(OthersShown),
            .. OneOfEachClassFirst(survived).Take(OthersShown),
        ];
    }

    IEnumerable<int> OneOfEachClassFirst(IEnumerable<int> chosen) => chosen
        .GroupBy(image => labels[image])
        .SelectMany(group => group.Select((image, rank) => (image, rank)))
        .OrderBy(entry => entry.rank)
        .Select(entry => entry.image);

    /// <summary>The image with the worst of its candidates; null if none was made for it.</summary>
    GalleryItem? Show(int image, IReadOnlyList<Candidates> candidates)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var clean = images.Images.narrow(0, image, 1);
        GalleryItem? worst = null;
        foreach (var set in candidates)
        {
            var row = set.Indices.ToList().IndexOf(image);
            if (row < 0)
                continue;
            using var single = new Candidates(set.Source, [0], set.Images.narrow(0, row, 1));
            var distance = single.Distances(clean, threat.Norm)[0];
            if (distance == 0 || distance > threat.Epsilon + Candidates.Tolerance)
                continue;

            var (outcome, decided) = Decide(single.Images, labels[image]);
            if (worst is null || outcome < worst.Outcome)
                worst = Picture(image, outcome, decided, set.Source, distance, clean, single.Images);
            if (outcome == GalleryOutcome.Misled)
                break;
        }
        return worst;
    }

    /// <summary>The worst decision on one image [1, C, H, W] over the draws.</summary>
    (GalleryOutcome Outcome, long Decided) Decide(Tensor adversarial, long label)
    {
        var seed = Seeds.Of(options.Seed, "gallery");
        var decided = Judge.Decide(surface, adversarial, survival.Draws, seed, options)
            .Select(draw => draw[0])
            .ToArray();
        foreach (var wrong in decided.Where(d => d != label && d != Decision.Reject))
            return (GalleryOutcome.Misled, wrong);
        return decided.Contains(Decision.Reject)
            ? (GalleryOutcome.Rejected, Decision.Reject)
            : (GalleryOutcome.Survived, label);
    }

    GalleryItem Picture(
        int image,
        GalleryOutcome outcome,
        long decided,
        string source,
        double distance,
        Tensor clean,
        Tensor adversarial)
    {
        using var scope = NewDisposeScope();
        using var output = surface.Evaluate(adversarial, draws: 1);
        var members = HostMemory.ReadLongs(output.MemberLogits.argmax(-1).flatten());
        var change = adversarial - clean;
        var magnification = 0.5 / change.abs().max().item<float>();
        return new GalleryItem(
            image,
            labels[image],
            outcome,
            decided,
            [.. surface.Members.Select((name, i) => new MemberDecision(name, members[i]))],
            source,
            distance,
            magnification,
            Png.Encode(clean[0]),
            Png.Encode(adversarial[0]),
            Png.Encode(change[0] * magnification + 0.5));
    }
}
