using static TorchSharp.torch;

namespace Ensembles.Evaluation;

/// <summary>Chooses images to show: ones the attack misled the whole on, one of each class first, then rejected and surviving ones.</summary>
static class Gallery
{
    const int MisledShown = 6;
    const int OthersShown = 2;

    public static IReadOnlyList<GalleryItem> Of(AblationStudy study, EvaluationOptions options, Defender whole, IEnumerable<Defender> all)
    {
        using var scope = NewDisposeScope();
        using var labelsOnCpu = study.Images.Labels.cpu();
        var labels = labelsOnCpu.data<long>().ToArray();
        var survival = whole.Result.Survival;
        var level = survival.Level(study.Threat.Epsilon);
        var (lenient, strict) = (survival.Lenient[level], survival.Strict[level]);

        var right = Enumerable.Range(0, labels.Length).Where(i => survival.Lenient[0][i] == survival.Draws).ToArray();
        int[] shown =
        [
            .. OneOfEachClassFirst(right.Where(i => lenient[i] < survival.Draws), labels).Take(MisledShown),
            .. OneOfEachClassFirst(right.Where(i => lenient[i] == survival.Draws && strict[i] < survival.Draws), labels).Take(OthersShown),
            .. OneOfEachClassFirst(right.Where(i => strict[i] == survival.Draws), labels).Take(OthersShown),
        ];
        var candidates = all.OrderBy(defender => defender != whole).SelectMany(defender => defender.Found).ToList();
        return [.. shown.Select(image => Show(image, labels[image], candidates, study, options, whole)).OfType<GalleryItem>()];
    }

    static IEnumerable<int> OneOfEachClassFirst(IEnumerable<int> images, long[] labels) =>
        images.GroupBy(image => labels[image]).SelectMany(group => group.Select((image, rank) => (image, rank))).OrderBy(entry => entry.rank).Select(entry => entry.image);

    /// <summary>The image with the worst of its candidates; null when none was made for it.</summary>
    static GalleryItem? Show(int image, long label, IReadOnlyList<Candidates> candidates, AblationStudy study, EvaluationOptions options, Defender whole)
    {
        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var clean = study.Images.Images.narrow(0, image, 1);
        GalleryItem? worst = null;
        foreach (var set in candidates)
        {
            var row = set.Indices.IndexOf(image);
            if (row < 0)
                continue;
            using var single = new Candidates(set.Source, [0], set.Images.narrow(0, row, 1));
            var distance = single.Distances(clean, study.Threat.Norm)[0];
            if (distance == 0 || distance > study.Threat.Epsilon + Candidates.Tolerance)
                continue;

            var draws = whole.Result.Survival.Draws;
            var decided = ExactDecision.Labels(whole.Surface, single.Images, draws, StableSeed.Of(options.Seed, "gallery"), options).Select(draw => draw[0]).ToArray();
            var wrong = decided.Where(d => d != label && d != Decision.Reject).ToArray();
            var (outcome, decision) = wrong.Length > 0 ? (GalleryOutcome.Misled, wrong[0])
                : decided.Contains(Decision.Reject) ? (GalleryOutcome.Rejected, Decision.Reject)
                : (GalleryOutcome.Survived, label);
            if (worst is null || outcome < worst.Outcome)
                worst = Picture(image, label, outcome, decision, set.Source, distance, clean, single.Images, whole.Surface);
            if (outcome == GalleryOutcome.Misled)
                break;
        }
        return worst;
    }

    static GalleryItem Picture(int image, long label, GalleryOutcome outcome, long decided, string source, double distance, Tensor clean, Tensor adversarial, AttackSurface surface)
    {
        using var scope = NewDisposeScope();
        using var output = surface.Evaluate(adversarial, draws: 1);
        var members = output.MemberLogits.argmax(-1).flatten().cpu().data<long>().ToArray();
        var change = adversarial - clean;
        var magnification = 0.5 / change.abs().max().item<float>();
        return new GalleryItem(
            image, label, outcome, decided,
            [.. surface.Members.Select((name, i) => new MemberDecision(name, members[i]))],
            source, distance, magnification,
            Png.Encode(clean[0]), Png.Encode(adversarial[0]), Png.Encode(change[0] * magnification + 0.5));
    }

    static int IndexOf(this IReadOnlyList<int> indices, int value)
    {
        for (var i = 0; i < indices.Count; i++)
        {
            if (indices[i] == value)
                return i;
        }
        return -1;
    }
}
