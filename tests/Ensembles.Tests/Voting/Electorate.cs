using CsCheck;
using static TorchSharp.torch;

namespace Ensembles.Tests.Voting;

/// <summary>The logits [M, N, K] of M members on N images, in plain numbers, with weights and a quorum.</summary>
public sealed record Electorate(int Members, int Images, int Classes, float[] Logits, double[] Weights, int Quorum)
{
    /// <summary>
    /// Random electorates. Logits are whole quarters, so that members tie and agree often, and sums of them are exact
    /// in float32.
    /// </summary>
    public static readonly Gen<Electorate> Any =
        from members in Gen.Int[1, 6]
        from images in Gen.Int[1, 4]
        from classes in Gen.Int[2, 5]
        from logits in Gen.Int[-24, 24].Select(q => q / 4f).Array[members * images * classes]
        from weights in Gen.Double[0.1, 1].Array[members]
        from quorum in Gen.Int[1, members]
        select new Electorate(members, images, classes, logits, [.. weights.Select(w => w / weights.Sum())], quorum);

    public Ballot Ballot() =>
        new(tensor(Logits).view(Members, Images, Classes), tensor(Weights).to_type(ScalarType.Float32), Quorum);

    public double[][] OfImage(int image) =>
        [
            .. Enumerable.Range(0, Members).Select(
                m => Enumerable.Range(0, Classes).Select(k => (double)Logits[Index(m, image, k)]).ToArray()),
        ];

    public int Index(int member, int image, int @class) => ((member * Images) + image) * Classes + @class;

    public Electorate With(int index, float logit)
    {
        var changed = (float[])Logits.Clone();
        changed[index] = logit;
        return this with { Logits = changed };
    }

    /// <summary>The electorate whose member i is this one's member <paramref name="order"/>[i].</summary>
    public Electorate Reordered(IReadOnlyList<int> order) => this with
    {
        Members = order.Count,
        Logits = [.. order.SelectMany(m => Logits[Index(m, 0, 0)..(Index(m, Images - 1, Classes - 1) + 1)])],
        Weights = [.. order.Select(m => Weights[m] / order.Sum(o => Weights[o]))],
        Quorum = Math.Min(Quorum, order.Count),
    };
}
