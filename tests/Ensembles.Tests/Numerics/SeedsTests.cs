using Ensembles.Numerics;

namespace Ensembles.Tests.Numerics;

/// <summary>Seeds never change: every figure of every report hangs on them.</summary>
public class SeedsTests
{
    [Fact]
    public void SplitMix64_gives_the_numbers_of_its_authors()
    {
        // The first outputs of the reference implementation (Vigna 2015) from state 1234567.
        var state = 1234567UL;
        Assert.Equal(6457827717110365317UL, Seeds.Next(ref state));
        Assert.Equal(3203168211198807973UL, Seeds.Next(ref state));
        Assert.Equal(6457827717110365317L >> 1, Seeds.Of(1234567L));
    }

    [Fact]
    public void Words_are_hashed_by_FNV_1a()
    {
        // From the definition: the offset basis with the seed, then each byte and 0x1f after each word.
        var expected = new[] { 7u, 'a', 'b', 0x1fu }.Aggregate(2166136261u, (hash, next) => (hash ^ next) * 16777619);
        Assert.Equal((int)(expected & 0x7fffffff), Seeds.Of(7, "ab"));
        Assert.NotEqual(Seeds.Of(7, "ab", "c"), Seeds.Of(7, "a", "bc"));
    }

    [Fact]
    public void Parts_of_progress()
    {
        List<double> seen = [];
        var part = new ShareOfProgress(new ImmediateProgress<double>(seen.Add), 0.5, 0.25);
        part.Report(0);
        part.Report(1);
        Assert.Equal([0.5, 0.75], seen);
    }
}
