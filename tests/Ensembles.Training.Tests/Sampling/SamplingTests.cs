namespace Ensembles.Training.Tests;

public class SamplingTests
{
    /// <summary>Ten of class 0, seven of 1, three of 2 and none of 3.</summary>
    static readonly long[] labels = [.. Enumerable.Range(0, 20).Select(i => i < 10 ? 0L : i < 17 ? 1 : 2)];

    [Fact]
    public void Shuffled_images_come_once_each_and_in_the_order_of_the_data_sets_own_batches()
    {
        var batches = new ShuffledSampling().Batches(labels, 6, seed: 3);
        Assert.Equal([6, 6, 6, 2], batches.Select(b => b.Length));
        Assert.Equal(Enumerable.Range(0, 20).Select(i => (long)i), batches.SelectMany(b => b).Order());
        using var images = Bars.Make(20, seed: 1);
        foreach (var (own, places) in images.Batches(6, shuffleSeed: 3).Zip(batches))
        {
            using var selected = images.Select(places);
            Assert.True(selected.Images.Equals(own.Images));
        }
    }

    [Theory]
    [InlineData(2, 3)]
    [InlineData(3, 2)]
    [InlineData(1, 7)]
    [InlineData(3, 5)]
    public void Batches_hold_as_many_images_of_as_many_classes_and_none_twice_where_there_are_enough(
        int classes, int each)
    {
        foreach (var seed in Enumerable.Range(0, 20))
        {
            var batches = new ClassSampling(classes, each).Batches(labels, 6, seed);
            Assert.Equal((20 + classes * each - 1) / (classes * each), batches.Count);
            foreach (var batch in batches)
            {
                var blocks = batch.Chunk(each).ToArray();
                Assert.Equal(classes, blocks.Length);
                Assert.All(blocks, block => Assert.Single(block.Select(i => labels[i]).Distinct()));
                Assert.Equal(classes, blocks.Select(block => labels[block[0]]).Distinct().Count());
                foreach (var block in blocks)
                {
                    var there = labels.Count(label => label == labels[block[0]]);
                    Assert.Equal(Math.Min(each, there), block.Distinct().Count());
                }
            }
        }
    }

    [Fact]
    public void Every_image_comes_before_one_comes_again()
    {
        var batches = new ClassSampling(3, 1).Batches(labels, 1, seed: 1);
        Assert.Equal(7, batches.SelectMany(b => b).Where(i => labels[i] == 1).Distinct().Count());
    }

    [Fact]
    public void The_order_follows_from_the_seed_and_differs_between_seeds()
    {
        var sampling = new ClassSampling(2, 2);
        Assert.Equal(sampling.Batches(labels, 1, 5), sampling.Batches(labels, 1, 5));
        Assert.NotEqual(sampling.Batches(labels, 1, 5), sampling.Batches(labels, 1, 6));
    }

    [Fact]
    public void More_classes_than_there_are_are_refused()
    {
        var message = Assert.Throws<ArgumentException>(() => new ClassSampling(4, 2).Batches(labels, 1, 1)).Message;
        Assert.Contains("4 classes", message);
        Assert.Contains("have 3", message);
        Assert.ThrowsAny<ArgumentException>(() => new ClassSampling(0, 2).Batches(labels, 1, 1));
        Assert.ThrowsAny<ArgumentException>(() => new ClassSampling(2, 0).Batches(labels, 1, 1));
    }
}
