using CsCheck;
using static TorchSharp.torch;

namespace Ensembles.Tests.Voting;

/// <summary>The mix of an accurate and a robust member, which have parts, so that the common laws are not all its own.
/// </summary>
public class MixedNutsTests
{
    const double Tie = 1e-4;

    // 1 - a, a, s, p, c, and the robust member's weight in what an attacker follows.
    static readonly double[] numbers = [0.3, 0.7, 1.5, 2, -0.5, 0.9];

    static Gen<Electorate> Pairs => Electorate.Any.Where(e => e.Members > 1).Select(e => e.Reordered([0, 1]));

    [Fact]
    public void Scores_are_the_rules_formula() => Holds(electorate =>
    {
        var scores = MixedNuts.Scores(Ballot(electorate));
        for (var n = 0; n < electorate.Images; n++)
        {
            var (accurate, robust) = (electorate.OfImage(n)[0], Mapped(electorate.OfImage(n)[1]));
            for (var k = 0; k < electorate.Classes; k++)
            {
                var chosen = Rule.Argmax(accurate) == k ? numbers[0] : 0;
                Assert.Equal(Math.Log(chosen + numbers[1] * robust[k]), scores[n][k].item<float>(), Tie);
            }
        }
    });

    /// <summary>What is mapped keeps its order, and so the highest logit.</summary>
    [Fact]
    public void Identical_members_decide_like_one() => Holds(electorate =>
    {
        var one = electorate.Reordered([0]);
        var labels = Labels(one.Reordered([0, 0]));
        for (var n = 0; n < electorate.Images; n++)
            Assert.Equal(electorate.OfImage(n)[0].Max(), electorate.OfImage(n)[0][labels[n]]);
        Assert.Equal(labels, Labels(one));
    });

    [Fact]
    public void A_logit_that_is_not_a_number_or_infinite_rejects_and_a_class_given_up_is_none()
    {
        using var scope = NewDisposeScope();
        float[] sure = [4, 0, 1];
        long Label(float[] accurate, float[] robust) =>
            MixedNuts.Labels(Of(accurate, robust), MixedNuts.Scores(Of(accurate, robust))).item<long>();
        Assert.Equal(0, Label(sure, sure));
        Assert.Equal(Decision.Reject, Label([float.NaN, 0, 1], sure));
        Assert.Equal(Decision.Reject, Label(sure, [4, 0, float.NaN]));
        Assert.Equal(Decision.Reject, Label(sure, [4, float.PositiveInfinity, 1]));
        Assert.Equal(0, Label(sure, [4, float.NegativeInfinity, 1]));
        var scores = MixedNuts.Scores(Of(sure, [4, float.NegativeInfinity, 1]));
        Assert.Equal(float.NegativeInfinity, scores[0][1].item<float>());
        // The others are mapped as if there were no such class.
        var two = MixedNuts.Scores(Of([4, 1], [4, 1]));
        Assert.Equal(two[0][1].item<float>(), scores[0][2].item<float>(), 1e-5);

        static Ballot Of(float[] accurate, float[] robust) => new(
            tensor([.. accurate, .. robust]).view(2, 1, accurate.Length), Numbers(), 1);
    }

    /// <summary>Where both are sure, softmax and map are flat to float32; an attack still sees each of them.</summary>
    [Fact]
    public void The_surrogate_has_a_gradient_for_both_where_they_are_sure()
    {
        using var scope = NewDisposeScope();
        var logits = tensor([90f, 0, -5, 80, 1, 0]).view(2, 1, 3).requires_grad_();
        var scores = MixedNuts.SurrogateScores(new Ballot(logits, Numbers(), 1))[0];
        (scores[1] - scores[0]).backward();
        foreach (var member in logits.grad!.unbind())
            Assert.True(member[0][1].item<float>() > 1e-6 && member[0][0].item<float>() < -1e-6);
        Assert.Equal(0, scores.argmax().item<long>());
    }

    /// <summary>
    /// The robust member is surer where it is right under attack than where it is wrong: it overrules the accurate one
    /// there, and lets it decide here.
    /// </summary>
    [Fact]
    public void Fitting_separates_what_the_robust_member_is_sure_of()
    {
        using var scope = NewDisposeScope();
        var votes = Votes(swapped: false);
        var fitted = MixedNuts.Fit(votes);
        Assert.Equal(1, (fitted[0] + fitted[1]).item<double>(), 1e-9);
        long[] Decide(Tensor logits)
        {
            var ballot = new Ballot(logits.to_type(ScalarType.Float32), fitted.to_type(ScalarType.Float32), 1);
            return MixedNuts.Labels(ballot, MixedNuts.Scores(ballot)).data<long>().ToArray();
        }

        var labels = votes.Labels.data<long>().ToArray();
        var attacked = Decide(votes.Attacked[1]).Zip(labels).Take(150).Count(pair => pair.First == pair.Second);
        Assert.InRange(attacked, 147, 150);
        Assert.Equal(labels, Decide(votes.Clean));
    }

    [Fact]
    public void Members_in_the_wrong_order_and_a_robust_one_that_is_none_are_refused()
    {
        using var scope = NewDisposeScope();
        Assert.Contains(
            "robust one second", Assert.Throws<ArgumentException>(() => MixedNuts.Fit(Votes(swapped: true))).Message);
        var votes = Votes(swapped: false);
        var fooled = stack([votes.Attacked[0][0], votes.Attacked[0][0]]);
        var none = votes with { Attacked = [fooled, fooled] };
        Assert.Contains("none of the attacked", Assert.Throws<ArgumentException>(() => MixedNuts.Fit(none)).Message);
    }

    /// <summary>Nothing in the box of the bounds takes a proven label away, and something is proven.</summary>
    [Fact]
    public void What_bounds_prove_no_logits_inside_them_refute()
    {
        using var scope = NewDisposeScope();
        manual_seed(3);
        const int images = 200, classes = 4, samples = 300;
        var center = randn([2, images, classes], dtype: ScalarType.Float64) * 3;
        var reach = rand([1, images, 1], dtype: ScalarType.Float64) * 0.6;
        var (lower, upper) = (center - reach, center + reach);
        var middle = new Ballot(center.to_type(ScalarType.Float32), Numbers(), 1);
        var labels = MixedNuts.Labels(middle, MixedNuts.Scores(middle));
        var own = labels.view(1, -1, 1).expand(2, -1, 1);
        var differences = (lower.gather(2, own) - upper).scatter(2, own, zeros_like(lower));
        var proven = MixedNuts.Proven(new BallotBounds(
            lower, upper, differences, labels, Numbers().to_type(ScalarType.Float64), 1))!;
        Assert.InRange(proven.sum().item<long>(), 30, 170);
        for (var i = 0; i < samples; i++)
        {
            using var inner = NewDisposeScope();
            // Corners of the box and points inside it.
            var off = i % 2 == 0 ? rand_like(center) * 2 - 1 : (rand_like(center) - 0.5).sign();
            var ballot = middle with { MemberLogits = (center + reach * off).to_type(ScalarType.Float32) };
            var kept = MixedNuts.Labels(ballot, MixedNuts.Scores(ballot)).eq(labels);
            Assert.True(kept.logical_or(proven.logical_not()).all().item<bool>());
        }
    }

    /// <summary>
    /// 200 images of 4 classes. The accurate member is right on all clean images and on none when attacked; the robust
    /// one is wrong on the last 50, unsure, and sure of the others, attacked or not.
    /// </summary>
    static ValidationVotes Votes(bool swapped)
    {
        manual_seed(5);
        var labels = arange(200) % 4;
        var right = nn.functional.one_hot(labels, 4).to_type(ScalarType.Float64);
        var next = nn.functional.one_hot((labels + 1) % 4, 4).to_type(ScalarType.Float64);
        var noise = randn([200, 4], dtype: ScalarType.Float64) * 0.05;
        var wrong = arange(200).ge(150).view(-1, 1);
        var others = nn.functional.one_hot((labels + 2) % 4, 4) * 0.8;
        var robust = where(wrong, next + others, 3 * right) + noise;
        var (accurate, fooled) = (9 * right, 9 * next);
        Tensor Both(Tensor first, Tensor second) => swapped ? stack([second, first]) : stack([first, second]);
        Tensor[] attacked = [Both(fooled, robust), Both(fooled, robust * 0.9)];
        return new(Both(accurate, robust), labels, swapped ? [attacked[1], attacked[0]] : attacked);
    }

    static Tensor Numbers() => tensor(numbers).to_type(ScalarType.Float32);

    static Ballot Ballot(Electorate electorate) => electorate.Ballot() with { Weights = Numbers() };

    static long[] Labels(Electorate electorate)
    {
        var ballot = Ballot(electorate);
        return MixedNuts.Labels(ballot, MixedNuts.Scores(ballot)).data<long>().ToArray();
    }

    static double[] Mapped(double[] z)
    {
        var mean = z.Average();
        var deviation = Math.Sqrt(z.Sum(v => (v - mean) * (v - mean)) / (z.Length - 1) + 1e-8);
        double[] mapped =
        [
            .. z.Select(v => Gelu(Math.Max((v - mean) / deviation + numbers[4], -0.7517915246935645)))
                .Select(u => numbers[2] * Math.Pow(Math.Abs(u), numbers[3]) * Math.Sign(u)),
        ];
        var sum = mapped.Sum(Math.Exp);
        return [.. mapped.Select(g => Math.Exp(g) / sum)];
    }

    /// <summary>x Phi(x), by the series of the error function.</summary>
    static double Gelu(double x)
    {
        var (sum, term) = (0.0, x / Math.Sqrt(2));
        for (var n = 0; n < 60; n++)
        {
            sum += term / (2 * n + 1);
            term *= -x * x / 2 / (n + 1);
        }
        return x * 0.5 * (1 + 2 / Math.Sqrt(Math.PI) * sum);
    }

    static void Holds(Action<Electorate> law) => Pairs.Sample(electorate =>
    {
        using var scope = NewDisposeScope();
        law(electorate);
    }, iter: 60, threads: 1);
}
