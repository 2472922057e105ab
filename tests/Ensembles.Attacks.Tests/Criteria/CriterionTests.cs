using static TorchSharp.torch;

namespace Ensembles.Attacks.Tests;

/// <summary>Which decisions meet a criterion, and the margin by which scores do.</summary>
public class CriterionTests
{
    [Fact]
    public void Each_says_which_decisions_meet_it()
    {
        var joined = Criterion.Target([2, 0]) & Criterion.Misclassified;
        Assert.Equal([false, true, true], MetBy(Criterion.Misclassified, label: 0, image: 0));
        Assert.Equal([false, false, true], MetBy(Criterion.Target([2, 0]), label: 0, image: 0));
        Assert.Equal([true, false, false], MetBy(Criterion.Target([2, 0]), label: 0, image: 1));
        Assert.Equal([false, false, false], MetBy(joined, label: 0, image: 1));
        Assert.Equal([true, false, false], MetBy(joined.Select([1]), label: 1, image: 0));
        Assert.Equal(
            (false, true, false, true),
            (Criterion.Misclassified.IsMetByRejection, Criterion.Disrupted.IsMetByRejection,
                (Criterion.Disrupted & Criterion.Misclassified).IsMetByRejection,
                (Criterion.Disrupted & Criterion.Disrupted).IsMetByRejection));
    }

    /// <summary>Seeds of draws follow from the names.</summary>
    [Fact]
    public void Names_are_these() => Assert.Equal(
        ["Misclassify", "Disrupt", "Target 3", "Target", "Disrupt and Target 1"],
        new[]
        {
            Criterion.Misclassified, Criterion.Disrupted, Criterion.Target(3), Criterion.Target([1, 2]),
            Criterion.Disrupted & Criterion.Target(1),
        }.Select(criterion => $"{criterion}"));

    /// <summary>
    /// The highest score that meets it less the highest that does not; where no class does, it cannot be met.
    /// </summary>
    [Fact]
    public void The_margin_crosses_zero_where_the_scores_meet_it()
    {
        using var scope = NewDisposeScope();
        var scores = tensor(new[] { 3f, 1f, -2f });
        Assert.Equal(-2, Margin(Criterion.Misclassified));
        Assert.Equal(2, Margin(Criterion.Target(0)));
        Assert.Equal(-5, Margin(Criterion.Target(2)));
        Assert.Equal(-5, Margin(Criterion.Target(2) & Criterion.Target(1)));

        float Margin(Criterion criterion)
        {
            var surface = AttackSurface.FromClassifier(new FunctionClassifier(_ => scores.unsqueeze(0)));
            var here = Evaluations.Of(surface, zeros(1, 1, 1, 1), tensor(new[] { 0L }), criterion);
            return here.Margins(here.Output.Scores).item<float>();
        }
    }

    /// <summary>
    /// The likeliest of the classes that meet it first; those that have fewer than others begin anew.
    /// </summary>
    [Fact]
    public void Target_classes_are_ranked()
    {
        using var scope = NewDisposeScope();
        var logits = tensor(new[] { 0f, 3, 1, 2, 0, 3, 1, 2 }, [2, 4]);
        var surface = AttackSurface.FromClassifier(new FunctionClassifier(_ => logits.alias()));
        var labels = tensor(new[] { 0L, 3L });
        long[] Ranked(Criterion criterion) =>
            Evaluations.Of(surface, zeros(2, 1, 1, 1), labels, criterion).TargetClasses.data<long>().ToArray();

        Assert.Equal([1, 3, 2, 1, 2, 0], Ranked(Criterion.Misclassified));
        Assert.Equal([2, 2, 2, 0, 0, 0], Ranked(Criterion.Target([2, 0])));
    }

    static bool[] MetBy(Criterion criterion, long label, int image) =>
        [.. Enumerable.Range(0, 3).Select(decided => criterion.IsMetBy(decided, label, image))];
}
