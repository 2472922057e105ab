using Ensembles.Evaluation.Tests.Fakes;
using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Ablation;

public class ControlTests
{
    static readonly Classifier first = LinearClassifier.OfPixel(0);
    static readonly Classifier second = LinearClassifier.OfPixel(1, scale: 1.5f);
    static readonly Classifier third = LinearClassifier.OfPixel(2, scale: 3);
    static readonly NearnessDetector gate = new(3);

    static FakeEnsemble Whole(Func<string, Category>? category = null) =>
        new([("First", first), ("Second", second), ("Third", third)], [("Gate", gate, -0.1f)])
        {
            Weight = name => name == "Third" ? 2 : 1,
            Category = category ?? (name => name == "Third" ? Category.FeatureSeparation : Category.NonRobustFeatures),
        };

    [Fact]
    public void A_single_category_is_the_ensemble_of_its_members_without_gates()
    {
        using var pair = new FakeEnsemble([("First", first), ("Second", second)]);

        var control = Assert.Single(Control.SingleCategories(Whole()));

        Assert.Equal((ControlKind.SingleCategory, "NonRobustFeatures", "First and Second"),
            (control.Kind, control.Subject, control.Name));
        AssertDecides(pair, control);
    }

    [Fact]
    public void Members_of_one_category_without_gates_are_the_whole()
    {
        using var guarded = Whole(_ => Category.Certification);
        using var alone = new FakeEnsemble([("First", first), ("Second", second)]);

        Assert.Equal("First and Second and Third", Assert.Single(Control.SingleCategories(guarded)).Name);
        Assert.Empty(Control.SingleCategories(alone));
        Assert.Empty(Control.SingleCategories(Whole(_ => Category.Undefended)));
    }

    [Fact]
    public void An_undefended_network_votes_in_the_place_of_each_member_with_its_weight()
    {
        using var twin = LinearClassifier.OfPixel(3, scale: 2);
        var controls = Control.UndefendedInPlace(Whole(), twin);

        Assert.Equal(["First", "Second", "Third"], controls.Select(control => control.Subject));
        using var replaced = new FakeEnsemble(
            [("First", first), ("Second", second), ("Third", twin)], [("Gate", gate, -0.1f)])
        {
            Weight = name => name == "Third" ? 2 : 1,
        };
        AssertDecides(replaced, controls[2]);
    }

    [Fact]
    public void The_undefended_network_may_be_any_module()
    {
        using var linear = nn.Sequential(nn.Flatten(), nn.Linear(4, 2));
        linear.eval();
        var control = Control.UndefendedInPlace(Whole(), linear)[0];

        Assert.Contains(control.Surface.Modules, module => module is TorchSharp.Modules.Linear);
        using var images = FourPixels.Of(10, [0.1, 0.1, 0.1, 0.3]);
        using var output = control.Surface.Evaluate(images.Images, draws: 1);
        using var expected = linear.call(images.Images);
        Assert.True(output.MemberLogits[0].allclose(expected));
        control.Surface.Evaluate(images.Images, draws: 1).Dispose();
    }

    [Fact]
    public void Copies_vote_alike_without_gates()
    {
        Classifier[] trained = [.. Enumerable.Range(0, 3).Select(i => LinearClassifier.OfPixel(i, scale: i + 1))];
        using var copied = new FakeEnsemble([("A", trained[0]), ("B", trained[1]), ("C", trained[2])]);

        var control = Control.Copies(Whole(), "Second", trained);

        Assert.Equal((ControlKind.Copies, "Second", "3 copies of Second"),
            (control.Kind, control.Subject, control.Name));
        AssertDecides(copied, control);
        Assert.Throws<ArgumentException>(() => Control.Copies(Whole(), "Nobody", trained));
        Assert.Throws<ArgumentException>(() => Control.Copies(Whole(), "Second", trained[..2]));
    }

    [Fact]
    public void Copies_of_what_is_random_draw_by_themselves()
    {
        using var whole = new FakeEnsemble(
            [("Noisy", new NoisyClassifier(0, noise: 0.5)), ("Plain", first), ("Other", second)]);

        var control = Assert.Single(Control.Copies(whole));

        Assert.Equal("Noisy", control.Subject);
        using var images = FourPixels.Of(50, [0.1, 0, 0, 0], noise: 0);
        manual_seed(3);
        using var output = control.Surface.Evaluate(images.Images, draws: 1);
        Assert.False(output.MemberLogits[0].allclose(output.MemberLogits[1]));
        Assert.Equal(4, control.Surface.EotSamples);
    }

    [Fact]
    public void A_study_compares_the_whole_with_each_kind_by_itself()
    {
        using var twin = LinearClassifier.OfPixel(3);
        using var ensemble = Whole();
        using var images = FourPixels.Of(60, [0.3, 0.15, 0.3, 0.2]);
        var result = new AblationStudy
        {
            Ensemble = ensemble,
            Images = images,
            ValidationImages = full(100, 1, 2, 2, 0.5f),
            Threat = new(Norm.Linf, 0.2),
            Attacks = [new CornerAttack()],
            Controls =
            [
                .. Control.SingleCategories(ensemble), .. Control.Copies(ensemble),
                .. Control.UndefendedInPlace(ensemble, twin),
            ],
        }.Run();

        Assert.Equal(
            ["NonRobustFeatures", "First", "Second", "Third"], result.VersusControls.Select(c => c.Subject));
        // First and Second together: 0.3 - 0.2 + 1.5 (0.15 - 0.2) > 0.
        var category = result.VersusControls[0].Lenient;
        Assert.Equal(1, category.Without.Value);
        Assert.Equal(category.P, category.CorrectedP);
        // Without Third's 6 (0.3 - 0.2) the others, 0.1 and -0.075, and the twin's 2 (0.2 - 0.2) decide.
        Assert.All(result.VersusControls, c => Assert.Equal(60, c.Lenient.Images));
        Assert.Equal(result.Controls.Count, result.VersusControls.Count);
        Assert.Contains(result.Controls, control => control.Name == "undefended in place of Third");
        Assert.Contains("undefended in place", ReportCsv.Contributions(result));
    }

    static void AssertDecides(FakeEnsemble expected, Control control)
    {
        using var images = FourPixels.Of(40, [0.02, 0.1, -0.05, 0.1], noise: 0.1);
        using var decided = expected.call(images.Images);
        using var output = control.Surface.Evaluate(images.Images, draws: 1);
        Assert.Equal(
            decided.Labels.data<long>().ToArray(), output.Labels.data<long>().ToArray());
        Assert.True(decided.Scores.allclose(output.Scores));
        Assert.True(decided.Labels.unique().output.numel() > 1);
    }
}
