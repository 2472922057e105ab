using CsCheck;
using Ensembles.Attacks;

namespace Ensembles.Evaluation.Tests.Robustness;

public class SurvivalTests
{
    [Fact]
    public void Strict_is_at_most_lenient_is_at_most_clean_and_no_figure_grows_with_the_radius()
    {
        var candidate = Gen.Select(Gen.Int[0, 5], Gen.Int[1, 3], Gen.Int[0, 4], Gen.Int[0, 4]);
        Gen.Select(Gen.Int[0, 4].Array[6], candidate.Array[0, 30]).Sample((right, candidates) =>
        {
            var survival = Survival.OfClean([0.1, 0.2, 0.3], draws: 4, right);
            foreach (var (image, level, rightDraws, rejectedDraws) in candidates)
                survival.Lower(image, level, lenient: Math.Min(4, rightDraws + rejectedDraws), strict: rightDraws);

            foreach (var criterion in new[] { Criterion.Misclassified, Criterion.Disrupted })
            {
                for (var level = 1; level < 4; level++)
                {
                    var (smaller, larger) = (survival.Epsilons[level - 1], survival.Epsilons[level]);
                    Assert.True(survival.Worst(criterion, larger).Value <= survival.Worst(criterion, smaller).Value);
                    Assert.True(survival.Mean(criterion, larger).Value <= survival.Mean(criterion, smaller).Value);
                }
                Assert.All(
                    survival.Epsilons,
                    e => Assert.True(survival.Worst(criterion, e).Value <= survival.Mean(criterion, e).Value));
            }
            Assert.All(
                survival.Epsilons,
                e => Assert.True(
                    survival.Worst(Criterion.Disrupted, e).Value <= survival.Worst(Criterion.Misclassified, e).Value));
            Assert.All(
                survival.Epsilons,
                e => Assert.True(
                    survival.Mean(Criterion.Disrupted, e).Value <= survival.Mean(Criterion.Misclassified, e).Value));
        });
    }

    [Fact]
    public void The_order_of_candidates_does_not_matter()
    {
        var candidate = Gen.Select(Gen.Int[0, 2], Gen.Int[1, 2], Gen.Int[0, 4], Gen.Int[0, 4]);
        candidate.Array[0, 12].Sample(candidates =>
        {
            Survival Lowered(IEnumerable<(int Image, int Level, int Lenient, int Strict)> order)
            {
                var survival = Survival.OfClean([0.1, 0.2], draws: 4, [4, 3, 0]);
                foreach (var (image, level, lenient, strict) in order)
                    survival.Lower(image, level, lenient, strict);
                return survival;
            }
            var (forwards, backwards) = (Lowered(candidates), Lowered(candidates.Reverse()));
            Assert.Equal(forwards.Lenient, backwards.Lenient);
            Assert.Equal(forwards.Strict, backwards.Strict);
        });
    }

    [Fact]
    public void Only_evaluated_radii_can_be_asked_for()
    {
        var survival = Survival.OfClean([0.1], draws: 1, [1, 0]);

        Assert.Equal([true, false], survival.Flags(Criterion.Misclassified, 0.1));
        Assert.Throws<ArgumentOutOfRangeException>(() => survival.Worst(Criterion.Misclassified, 0.2));
    }
}
