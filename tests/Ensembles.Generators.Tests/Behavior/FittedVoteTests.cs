// Declared for their votes, not to defend.
#pragma warning disable ENS0001, ENS0002, ENS0003, ENS0102

using Ensembles.Attacks;
using Ensembles.Training;
using static TorchSharp.torch;

namespace Ensembles.Generators.Tests.Behavior;

/// <summary>Ensembles whose voting rule has numbers that are fitted.</summary>
public class FittedVoteTests
{
    static readonly ThreatModel threat = new(Norm.Linf, 0.02);

    [Fact]
    public void An_ensemble_that_is_not_fitted_refuses_to_decide_and_says_what_to_call()
    {
        using var scope = NewDisposeScope();
        using var stacked = Stacked();
        using var images = Given.Images(4);
        string Refused(Action act) => Assert.Throws<InvalidOperationException>(act).Message;
        Assert.Contains("FitVote", Refused(() => stacked.call(images)));
        Assert.Contains("FitVote", Refused(() => stacked.Surface.Evaluate(images, 1)));
        Assert.Contains("FitVote", Refused(() => stacked.LeaveOneOut()[0].Ensemble.call(images)));
        Assert.Contains("FitVote", Refused(() => stacked.Compile(new(1, 4, 4) { Choices = PlanChoices.Default })));
        // A member alone needs no vote.
        using var alone = stacked.Surface.Alone(1).Evaluate(images, 1);
        Assert.DoesNotContain(Decision.Reject, alone.Labels.data<long>().ToArray());
    }

    [Fact]
    public void A_fitted_ensemble_votes_by_its_numbers_compiled_and_with_a_member_left_out()
    {
        using var scope = NewDisposeScope();
        using var stacked = Stacked();
        using var validation = Validation();
        stacked.Components.Vote!.train();
        stacked.FitVote(validation);
        Assert.False(stacked.Components.Vote!.training);
        using var images = Given.Images(20);
        var decision = stacked.call(images);
        var numbers = stacked.Components.Vote!.Numbers;
        var ballot = new Ballot(decision.MemberLogits, numbers, 1);
        Assert.True(WeightedMean.Scores(ballot).allclose(decision.Scores, atol: 1e-6));
        Assert.True(decision.Labels.Equals(stacked.Surface.Evaluate(images, 1).Labels));
        using var plan = stacked.Compile(new(1, 4, 4) { Choices = PlanChoices.Default, ScriptOnCpu = true });
        Assert.True(decision.Labels.Equals(plan.Decide(images).Labels));
        Assert.Contains("TorchScript", plan.ToString());

        var reduced = stacked.LeaveOneOut().Single(left => left.Name == "Second").Ensemble;
        var others = stack([decision.MemberLogits[0], decision.MemberLogits[2]]);
        var left = tensor([numbers[0].item<float>(), numbers[2].item<float>()]);
        Assert.True(WeightedMean.Scores(new Ballot(others, left / left.sum(), 1))
            .allclose(reduced.call(images).Scores, atol: 1e-5));
    }

    [Fact]
    public void Numbers_and_fingerprints_are_in_the_checkpoint_and_the_images_are_known()
    {
        using var scope = NewDisposeScope();
        using var mixed = Mixed();
        using var validation = Validation();
        mixed.FitVote(validation, new Pgd { Steps = 3 }, threat);
        using var loaded = Mixed();
        loaded.load_state_dict(mixed.state_dict());
        using var images = Given.Images(20);
        Assert.True(mixed.call(images).Scores.allclose(loaded.call(images).Scores));
        FittedImages.ThrowIfAmong(loaded.Surface.Modules, images, "test images", "");
        Assert.Contains(
            "fitted to", Assert.Throws<ArgumentException>(() => FittedImages.ThrowIfAmong(
                loaded.Surface.Modules, validation.Images, "test images", "")).Message);
    }

    /// <summary>Attacks follow both gradients of a mix: the members', and that of the mix.</summary>
    [Fact]
    public void A_mix_is_attacked_by_both_of_its_gradients()
    {
        using var scope = NewDisposeScope();
        using var mixed = Mixed();
        using var validation = Validation();
        mixed.FitVote(validation, new Pgd { Steps = 3 }, threat);
        using var images = Given.Images(16);
        var surface = mixed.Surface;
        Assert.True(surface.HasOwnGradient);
        Assert.False(Given.Trio().Surface.HasOwnGradient);
        using var output = surface.Evaluate(images, 1);
        Assert.True(output.OwnScores!.allclose(mixed.call(images).Scores));
        // Nothing falls within so little: each restart takes all of its steps, and there is a second one.
        var unreachable = new ThreatModel(Norm.Linf, 1e-6);
        using var result = new Pgd { Steps = 4, Loss = AttackLoss.Margin }.Run(
            surface, images, output.Labels, unreachable, new AttackOptions());
        Assert.Equal(0, result.Success.Count(success => success));
        Assert.InRange(result.Backwards, 2 * 4 * 16, 2 * 4 * 16 + 32);
    }

    [Fact]
    public void What_a_vote_cannot_be_fitted_on_is_refused()
    {
        using var scope = NewDisposeScope();
        using var mixed = Mixed();
        using var validation = Validation();
        Assert.Contains("attack", Assert.Throws<ArgumentException>(() => mixed.FitVote(validation)).Message);
        Assert.Contains("each of the 2 members", Assert.Throws<ArgumentException>(
            () => mixed.FitVote(validation, [validation.Images])).Message);
        Assert.Contains("one for each", Assert.Throws<ArgumentException>(
            () => mixed.FitVote(validation, [Given.Images(2), Given.Images(2)])).Message);
        Assert.Contains("nothing to fit", Assert.Throws<InvalidOperationException>(
            () => Given.Trio().FitVote(validation)).Message);
    }

    [Fact]
    public void Training_fits_the_vote_on_validation_images_and_says_before_it_starts_what_it_lacks()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var accurate = new Pupil();
        manual_seed(1);
        using var taught = new TaughtMix(accurate, new Pupil());
        using var validation = Validation();
        var options = new TrainingOptions
        {
            Epochs = 2, Validation = new Validation(validation), CheckpointPath = "folder",
        };
        Assert.Throws<ArgumentException>(() => taught.Train(validation, options));
        Assert.Null(accurate.Checkpoint);
        taught.Train(validation, options with { Validation = null });
        Assert.False(taught.Components.Vote!.IsFitted);
        var attacked = new Validation(validation) { Attack = new Fgsm(), Threat = threat };
        taught.eval();
        taught.Train(validation, options with { Validation = attacked });
        Assert.True(taught.Components.Vote!.IsFitted);
    }

    static StackedTrio Stacked()
    {
        manual_seed(1);
        var stacked = new StackedTrio(new LinearClassifier(), new LinearClassifier(), new LinearClassifier());
        stacked.eval();
        return stacked;
    }

    /// <summary>The same member twice, so that none is more robust than the other.</summary>
    static Mixture Mixed()
    {
        manual_seed(1);
        var first = new LinearClassifier();
        manual_seed(1);
        var mixed = new Mixture(first, new LinearClassifier());
        mixed.eval();
        return mixed;
    }

    static LabeledImages Validation()
    {
        var images = Given.Images(40, seed: 9);
        manual_seed(1);
        using var teacher = new LinearClassifier();
        using var noGradient = no_grad();
        return new LabeledImages(images, teacher.call(images).argmax(1), 3);
    }
}

[Ensemble<StackedMean>]
public partial class StackedTrio
{
    [Member] public partial LinearClassifier First { get; }
    [Member] public partial LinearClassifier Second { get; }
    [Member] public partial LinearClassifier Third { get; }
}

[Ensemble<MixedNuts>]
public partial class Mixture
{
    [Member] public partial LinearClassifier Accurate { get; }
    [Member] public partial LinearClassifier Robust { get; }
}

[Ensemble<MixedNuts>]
public partial class TaughtMix
{
    [Member] public partial Pupil Accurate { get; }
    [Member] public partial Pupil Robust { get; }
}
