using static TorchSharp.torch;

namespace Ensembles.Generators.Tests.Behavior;

public class CompileTests
{
    static readonly CompileOptions options = new(1, 4, 4) { Choices = PlanChoices.Default };

    [Fact]
    public void A_compiled_ensemble_and_its_variants_decide_as_they_are_declared()
    {
        using var five = Given.Five();
        five.CalibrateGates(Given.Images(100, seed: 5));
        using var trio = Given.Trio();
        using var images = Given.Images(30);
        Ensemble[] ensembles = [
            five, .. five.LeaveOneOut().Select(left => left.Ensemble), trio,
            .. trio.LeaveOneOut().Select(left => left.Ensemble)];

        foreach (var ensemble in ensembles)
        {
            using var plan = ensemble.Compile(options);
            // A plan asks the gates before the members; here the gate that draws comes before the member that draws
            // anyway.
            manual_seed(11);
            using var actual = plan.Decide(images);
            manual_seed(11);
            using var expected = ensemble.call(images);

            Assert.Equal(expected.Labels.data<long>().ToArray(), actual.Labels.data<long>().ToArray());
            Assert.True(expected.Scores.allclose(actual.Scores, atol: 1e-5));
            Assert.True(expected.GateScores.allclose(actual.GateScores, atol: 1e-5));
        }
    }

    [Fact]
    public void A_gate_without_a_threshold_is_refused()
    {
        using var guarded = Given.Guarded();

        Assert.Contains("Bright", Assert.Throws<InvalidOperationException>(() => guarded.Compile(options)).Message);
    }
}
