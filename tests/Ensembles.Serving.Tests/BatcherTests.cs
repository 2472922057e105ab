using System.Diagnostics.Metrics;
using System.Runtime.InteropServices;
using Microsoft.Extensions.DependencyInjection;
using Serving;
using static TorchSharp.torch;

namespace Ensembles.Serving.Tests;

/// <summary>Requests that wait, without a server.</summary>
public sealed class BatcherTests : IDisposable
{
    readonly ServiceProvider services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    readonly List<long> sizes = [];

    public void Dispose() => services.Dispose();

    [Fact]
    public async Task Those_that_wait_are_decided_together_each_as_itself()
    {
        var batcher = Batcher(batchSize: 3, queueLength: 8);
        var verdicts = Enumerable.Range(0, 7).Select(i => batcher.TryDecide(Image(i), default)!).ToArray();

        batcher.Close();
        await batcher.Run(Decide);

        Assert.Equal([3, 3, 1], sizes);
        Assert.Equal([0, 1, 2, 3, 4, 5, 6], (await Task.WhenAll(verdicts)).Select(verdict => verdict.Label));
    }

    [Fact]
    public void A_full_queue_takes_no_more()
    {
        var batcher = Batcher(batchSize: 3, queueLength: 2);

        Assert.NotNull(batcher.TryDecide(Image(0), default));
        Assert.NotNull(batcher.TryDecide(Image(1), default));
        Assert.Null(batcher.TryDecide(Image(2), default));
        Assert.Equal(2, batcher.Length);
    }

    [Fact]
    public async Task Images_of_clients_that_left_are_passed_over()
    {
        var batcher = Batcher(batchSize: 3, queueLength: 8);
        using var gone = new CancellationTokenSource();
        var left = batcher.TryDecide(Image(0), gone.Token)!;
        var stayed = batcher.TryDecide(Image(1), default)!;

        await gone.CancelAsync();
        batcher.Close();
        await batcher.Run(Decide);

        Assert.Equal([1], sizes);
        Assert.True(left.IsCanceled);
        Assert.Equal(1, (await stayed).Label);
    }

    [Fact]
    public async Task A_batch_that_fails_fails_those_in_it()
    {
        var batcher = Batcher(batchSize: 1, queueLength: 8);
        var first = batcher.TryDecide(Image(0), default)!;
        var second = batcher.TryDecide(Image(1), default)!;

        batcher.Close();
        await batcher.Run(images => sizes.Count == 0 ? Fail() : Decide(images));

        await Assert.ThrowsAsync<InvalidOperationException>(() => first);
        Assert.Equal(1, (await second).Label);
    }

    /// <summary>A failure of torch's, which <see cref="Numerics.Constant"/> explains.</summary>
    [Fact]
    public async Task A_batch_that_fails_in_torch_is_decided_again()
    {
        var batcher = Batcher(batchSize: 1, queueLength: 8);
        var verdict = batcher.TryDecide(Image(4), default)!;
        var calls = 0;

        batcher.Close();
        await batcher.Run(images => calls++ == 0 ? throw new ExternalException() : Decide(images));

        Assert.Equal(4, (await verdict).Label);
    }

    [Fact]
    public void A_closed_queue_takes_no_more()
    {
        var batcher = Batcher(batchSize: 1, queueLength: 8);
        batcher.Close();
        Assert.Null(batcher.TryDecide(Image(0), default));
    }

    Batcher Batcher(int batchSize, int queueLength) => new(
        new ServingOptions { BatchSize = batchSize, QueueLength = queueLength },
        new ServingMetrics(services.GetRequiredService<IMeterFactory>()));

    Decision Fail()
    {
        sizes.Add(1);
        throw new InvalidOperationException("A batch fails.");
    }

    /// <summary>An image's label is its first pixel times a hundred.</summary>
    Decision Decide(Tensor images)
    {
        sizes.Add(images.size(0));
        var labels = (images.flatten(1)[.., 0] * 100).round().to(int64);
        return new(zeros(images.size(0), 10), labels, zeros(1, images.size(0), 10), zeros(1, images.size(0)));
    }

    static float[] Image(int label) => [label / 100f, .. new float[(Model.Size * Model.Size) - 1]];
}
