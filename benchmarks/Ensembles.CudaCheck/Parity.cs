using System.Globalization;
using Ensembles.Benchmarks;
using static TorchSharp.torch;

namespace Ensembles.CudaCheck;

/// <summary>How far a plan's decisions are from those of the ensemble on the CPU.</summary>
static class Parity
{
    const int Images = 4096;

    /// <summary>
    /// Float32 on two devices: sums in another order. A decision may differ where two classes are that close.
    /// </summary>
    const double Tolerance = 1e-3;
    const double EqualShare = 0.999;

    /// <summary>Every shipped rule, with a gate.</summary>
    public static bool OfRules(CompileOptions options)
    {
        Console.WriteLine("| ensemble | vote and gates | equal labels | rejected | largest difference of a score |");
        Console.WriteLine("|---|---|---|---|---|");
        var isRight = true;
        manual_seed(1);
        foreach (var ensemble in RuleEnsembles.All())
        {
            using var scope = NewDisposeScope();
            using var noGrad = no_grad();
            using var plan = ensemble.Compile(options);
            var images = rand(Images, 1, 28, 28);
            var (expected, actual) = (ensemble.call(images), plan.Decide(images));
            var (equal, difference) = (Equal(expected, actual), Difference(expected.Scores, actual.Scores));
            var vote = plan.ToString().Split('\n').Single(line => line.Contains("vote and gates: ")).Split(": ")[1];
            // Counts of votes differ by steps.
            isRight &= equal >= EqualShare * Images
                && vote == "one TorchScript function"
                && (difference < Tolerance || ensemble is ByMajorityVote or ByQuorum);
            var rejected = expected.Labels.eq(Decision.Reject).sum().item<long>();
            var name = ensemble.GetName();
            Console.WriteLine(
                Row($"| {name} | {vote} | {equal} of {Images} | {rejected} | {difference:0.0e0} |"));
            ensemble.Dispose();
        }

        return isRight;
    }

    /// <summary>
    /// The benchmarks' networks. On CUDA float32 is compared without TF32, and images come from the device and from the
    /// host.
    /// </summary>
    public static bool OfNetworks(CompileOptions options, params Precision[] precisions)
    {
        Console.WriteLine(
            "| five members | plan | members | images from | equal labels | largest difference of a logit, in units of "
                + "the largest logit |");
        Console.WriteLine("|---|---|---|---|---|---|");
        var isRight = true;
        backends.cudnn.allow_tf32 = false;
        foreach (var (name, make) in Given.Ensembles)
        {
            manual_seed(1);
            using var ensemble = make();
            foreach (var (precision, plan) in precisions.SelectMany(precision => TwoPlans.Of(
                ensemble, options with { Precision = precision }).Select(plan => (precision, plan))))
            {
                using var scope = NewDisposeScope();
                using var noGrad = no_grad();
                var images = rand(Images, 1, 28, 28);
                var expected = ensemble.call(images);
                foreach (var from in options.Device is { } device ? new[] { device, CPU } : [CPU])
                {
                    var actual = plan.Decide(images.to(from));
                    var (equal, difference) = (
                        Equal(expected, actual), Difference(expected.MemberLogits, actual.MemberLogits));
                    isRight &= actual.Labels.device_type == from.type
                        && (precision != Precision.Float32 || (difference < Tolerance && equal >= EqualShare * Images));
                    Console.WriteLine(
                        Row($"| {name} | {precision} | {TwoPlans.Members(plan)} | {from} ")
                        + Row($"| {equal} of {Images} | {difference:0.0e0} |"));
                }

                plan.Dispose();
            }
        }

        backends.cudnn.allow_tf32 = true;
        return isRight;
    }

    static long Equal(Decision expected, Decision actual) => expected.Labels.eq(actual.Labels.cpu()).sum().item<long>();

    static float Difference(Tensor expected, Tensor actual) =>
        ((expected - actual.cpu()).abs().max() / expected.abs().max()).item<float>();

    static string Row(FormattableString row) => row.ToString(CultureInfo.InvariantCulture);
}
