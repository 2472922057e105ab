using CsCheck;
using static TorchSharp.torch;

namespace Ensembles.Tests;

public class LabeledImagesTests
{
    /// <summary>N images of one pixel that hold their own index / N, so that order and pairing show.</summary>
    static LabeledImages Numbered(int count, int classCount = 3, Func<int, int>? label = null)
    {
        var images = (arange(count, dtype: ScalarType.Float32) / Math.Max(count, 1)).reshape(count, 1, 1, 1);
        var labels = tensor(
            Enumerable.Range(0, count).Select(i => (long)(label?.Invoke(i) ?? i % classCount)).ToArray());
        return new LabeledImages(images, labels, classCount);
    }

    static int[] Numbers(Tensor images, int count) =>
        [.. images.flatten().data<float>().ToArray().Select(v => (int)Math.Round(v * count))];

    static (int[] Numbers, long[] Labels) Collect(IEnumerable<(Tensor Images, Tensor Labels)> batches, int count)
    {
        var (numbers, labels) = (new List<int>(), new List<long>());
        foreach (var (images, batchLabels) in batches)
        {
            numbers.AddRange(Numbers(images, count));
            labels.AddRange(batchLabels.data<long>().ToArray());
        }

        return ([.. numbers], [.. labels]);
    }

    [Fact]
    public void Batches_visit_every_image_once_with_its_own_label()
    {
        Gen.Select(Gen.Int[0, 40], Gen.Int[1, 12], Gen.Int.Nullable()).Sample((count, batchSize, seed) =>
        {
            using var data = Numbered(count);
            var (numbers, labels) = Collect(data.Batches(batchSize, seed), count);
            Assert.Equal(Enumerable.Range(0, count), seed is null ? numbers : numbers.Order());
            Assert.Equal(numbers.Select(n => (long)(n % 3)), labels);
        }, iter: 50, threads: 1);
    }

    /// <summary>The first n of one order, over and over: nested for growing n, and as many updates for each.</summary>
    [Fact]
    public void Repeated_parts_are_nested_and_as_large_as_the_whole()
    {
        using var data = Numbered(12);
        using var order = data.Shuffle(1);
        using var few = order.Take(5);
        using var more = order.Take(9);
        using var fewRepeated = few.Repeat(12);
        using var moreRepeated = more.Repeat(12);
        var numbers = Numbers(order.Images, 12);
        Assert.Equal([.. numbers[..5], .. numbers[..5], .. numbers[..2]], Numbers(fewRepeated.Images, 12));
        Assert.Equal([.. numbers[..9], .. numbers[..3]], Numbers(moreRepeated.Images, 12));
        Assert.Equal(numbers[..5].Select(n => (long)(n % 3)), fewRepeated.Labels[..5].data<long>().ToArray());
        using var none = order.Take(0);
        Assert.Throws<ArgumentOutOfRangeException>(() => none.Repeat(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => few.Repeat(-1));
    }

    [Fact]
    public void Shuffled_order_follows_from_the_seed_alone()
    {
        using var data = Numbered(50);
        var first = Collect(data.Batches(7, shuffleSeed: 4), 50).Numbers;
        Assert.Equal(first, Collect(data.Batches(11, shuffleSeed: 4), 50).Numbers);
        Assert.NotEqual(first, Collect(data.Batches(7, shuffleSeed: 5), 50).Numbers);
        using var shuffled = data.Shuffle(4);
        Assert.Equal(first, Numbers(shuffled.Images, 50));
    }

    [Fact]
    public void Batches_dispose_what_they_hand_out_also_when_left_early()
    {
        using var data = Numbered(20);
        using var scope = NewDisposeScope();
        var seen = new List<Tensor>();
        foreach (var (images, labels) in data.Batches(4, shuffleSeed: 0))
        {
            Assert.All(seen, t => Assert.True(t.IsInvalid));
            seen.AddRange([images, labels]);
            if (seen.Count == 6)
                break;
        }

        Assert.All(seen, t => Assert.True(t.IsInvalid));
        Assert.Equal(0, scope.DisposablesCount);
        Assert.False(data.Images.IsInvalid);
    }

    [Fact]
    public void Parts_outlive_the_whole()
    {
        var data = Numbered(10);
        var (first, rest) = data.Split(4);
        data.Dispose();
        using (first)
        using (rest)
        {
            Assert.Equal([0, 1, 2, 3], Numbers(first.Images, 10));
            Assert.Equal([4, 5, 6, 7, 8, 9], Numbers(rest.Images, 10));
        }
    }

    [Fact]
    public void Stratified_split_divides_every_class_in_proportion()
    {
        var gen = Gen.Select(Gen.Int[0, 4].Array[0, 60], Gen.Double[0, 1]);
        gen.Sample((labels, share) =>
        {
            var firstCount = (int)(share * labels.Length);
            using var data = Numbered(labels.Length, 5, i => labels[i]);
            var (first, rest) = data.SplitStratified(firstCount);
            using (first)
            using (rest)
            {
                Assert.Equal(firstCount, first.Count);
                var (a, b) = (Numbers(first.Images, labels.Length), Numbers(rest.Images, labels.Length));
                Assert.Equal(Enumerable.Range(0, labels.Length), a.Concat(b).Order());
                Assert.Equal(a.Order(), a);
                Assert.Equal(b.Order(), b);
                foreach (var k in Enumerable.Range(0, 5))
                {
                    var wanted = labels.Count(l => l == k) * (double)firstCount / Math.Max(labels.Length, 1);
                    Assert.InRange(a.Count(n => labels[n] == k), wanted - 1, wanted + 1);
                }
            }
        }, iter: 100, threads: 1);
    }

    /// <summary>
    /// A selection of a selection is divided as the same images in memory are, and reads nothing for it.
    /// </summary>
    [Fact]
    public void Images_that_are_read_when_they_are_asked_for_are_ordered_and_divided_as_those_in_memory()
    {
        using var data = Numbered(20);
        using var inMemory = data.Select([.. Enumerable.Range(4, 16).Select(i => (long)i)]);
        using ILabeledImages onDemand = new SelectedImages(data, [.. Enumerable.Range(4, 16).Select(i => (long)i)]);
        using var copied = inMemory.Shuffle(3);
        using var listed = onDemand.Shuffle(3);
        var (copiedFirst, copiedOthers) = copied.SplitStratified(7);
        var (listedFirst, listedOthers) = listed.SplitStratified(7);
        using (copiedFirst)
        using (copiedOthers)
        using (listedFirst)
        using (listedOthers)
        {
            Same(copied, listed);
            Same(copiedFirst, listedFirst);
            Same(copiedOthers, listedOthers);
            Assert.NotEqual(((SelectedImages)listedFirst).Fingerprint, ((SelectedImages)listedOthers).Fingerprint);
        }

        void Same(LabeledImages expected, ILabeledImages actual)
        {
            Assert.IsType<SelectedImages>(actual);
            long[] all = [.. Enumerable.Range(0, expected.Count).Select(i => (long)i)];
            using var read = actual.Select(all);
            Assert.Equal(Numbers(expected.Images, 20), Numbers(read.Images, 20));
            Assert.Equal(expected.Labels.data<long>().ToArray(), read.Labels.data<long>().ToArray());
            Assert.Equal(expected.Labels.data<long>().ToArray(), actual.Labels.data<long>().ToArray());
            Assert.Equal(expected.ClassCount, actual.ClassCount);
        }
    }

    [Fact]
    public void Bad_indices_and_sizes_are_named()
    {
        using var data = Numbered(5);
        using var some = new SelectedImages(data, [1, 2]);
        Assert.Throws<ArgumentOutOfRangeException>("indices", () => some.Select([2]));
        Assert.Throws<ArgumentOutOfRangeException>("places", () => new SelectedImages(data, [5]));
        Assert.Throws<ArgumentOutOfRangeException>("indices", () => data.Select([0, 5]));
        Assert.Throws<ArgumentOutOfRangeException>("batchSize", () => data.Batches(0));
        Assert.Throws<ArgumentOutOfRangeException>("firstCount", () => data.Split(6));
        Assert.Throws<ArgumentOutOfRangeException>("start", () => data.Slice(6, 1));
        Assert.Throws<ArgumentException>(
            "images", () => new LabeledImages(full(1, 1, 2, 2, 1.5f), zeros(1, ScalarType.Int64), 2));
        Assert.Throws<ArgumentException>(
            "images", () => new LabeledImages(full(1, 1, 2, 2, float.NaN), zeros(1, ScalarType.Int64), 2));
        Assert.Throws<ArgumentException>("labels", () => new LabeledImages(zeros(1, 1, 2, 2), tensor([2L]), 2));
        Assert.Throws<ArgumentException>("labels", () => new LabeledImages(zeros(2, 1, 2, 2), tensor([0L]), 2));
    }
}
