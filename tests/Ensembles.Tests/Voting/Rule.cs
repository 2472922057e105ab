using static TorchSharp.torch;

namespace Ensembles.Tests.Voting;

/// <summary>
/// A voting rule with its definition in plain double arithmetic, independent of tensors: scores [K] of one image from
/// the members' logits [M][K] and their weights [M]. A rule that counts votes has scores that are steps rather than
/// continuous.
/// </summary>
public sealed record Rule(
    string Name,
    bool Counts,
    Func<Ballot, Tensor> Scores,
    Func<Ballot, Tensor, Tensor> Labels,
    Func<Ballot, Tensor> Surrogate,
    Func<double[][], double[], double[]> Definition)
{
    /// <summary>What the rule itself says of whether it may reject.</summary>
    public required bool MayReject { get; init; }

    public static readonly IReadOnlyList<Rule> All =
    [
        Of<MeanProbability>((z, _) => ByClass(z, k => Math.Log(z.Average(m => Softmax(m)[k])))),
        Of<WeightedMean>((z, w) => ByClass(z, k => Math.Log(z.Zip(w, (m, wi) => wi * Softmax(m)[k]).Sum()))),
        Of<StackedMean>((z, w) => ByClass(z, k => Math.Log(z.Zip(w, (m, wi) => wi * Softmax(m)[k]).Sum()))),
        Of<MeanLogit>((z, _) => ByClass(z, k => z.Average(m => m[k]))),
        Of<MedianLogit>((z, _) => ByClass(z, k => Median(z.Select(m => m[k])))),
        Of<MaxMin>((z, _) => ByClass(z, k => z.Min(m => Math.Log(Softmax(m)[k])))),
        Of<Product>((z, _) => ByClass(z, k => z.Sum(m => Math.Log(Softmax(m)[k])))),
        Of<MajorityVote>((z, _) => ByClass(z, k => z.Count(m => Argmax(m) == k) / (double)z.Length), counts: true),
        Of<Quorum>((z, _) => ByClass(z, k => z.Count(m => Argmax(m) == k) / (double)z.Length), counts: true),
    ];

    public static TheoryData<string> Names => [.. All.Select(r => r.Name)];

    public static Rule Named(string name) => All.Single(r => r.Name == name);

    /// <summary>The first of the highest values, as a member decides.</summary>
    public static int Argmax(double[] values) => Array.IndexOf(values, values.Max());

    static Rule Of<T>(Func<double[][], double[], double[]> definition, bool counts = false) where T : IVotingRule =>
        new(typeof(T).Name, counts, T.Scores, T.Labels, T.SurrogateScores, definition) { MayReject = T.MayReject };

    static double[] ByClass(double[][] z, Func<int, double> score) =>
        [.. Enumerable.Range(0, z[0].Length).Select(score)];

    static double[] Softmax(double[] logits)
    {
        var sum = logits.Sum(l => Math.Exp(l - logits.Max()));
        return [.. logits.Select(l => Math.Exp(l - logits.Max()) / sum)];
    }

    static double Median(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}
