using System.Runtime.InteropServices;
using System.Threading.Channels;
using Ensembles;
using static TorchSharp.torch;

namespace Serving;

/// <summary>What is said of one image.</summary>
/// <param name="Label">Its class, or <see cref="Decision.Reject"/>.</param>
/// <param name="Scores">The vote's score of each class.</param>
/// <param name="GateScores">The score of each gate.</param>
sealed record Verdict(long Label, float[] Scores, float[] GateScores);

/// <summary>
/// Decides on the images of concurrent requests together. Nobody waits for a batch to fill: those that came while the
/// last batch was at work are the next one.
/// </summary>
sealed class Batcher(ServingOptions options, ServingMetrics metrics)
{
    const int MostTries = 3;

    readonly Channel<Waiting> queue = Channel.CreateBounded<Waiting>(
        new BoundedChannelOptions(options.QueueLength) { SingleReader = true });

    /// <summary>Images that wait.</summary>
    public int Length => queue.Reader.Count;

    /// <summary>Puts an image into the queue; null where that is full, or closed.</summary>
    /// <param name="pixels">One image, row by row, in [0, 1].</param>
    /// <param name="cancellation">Who asked is gone: the image is passed over if nobody has begun with it.</param>
    public Task<Verdict>? TryDecide(float[] pixels, CancellationToken cancellation)
    {
        var waiting = new Waiting(pixels, cancellation);
        return queue.Writer.TryWrite(waiting) ? waiting.Verdict.Task : null;
    }

    /// <summary>Takes no more images; <see cref="Run"/> ends when those that wait are decided.</summary>
    public void Close() => queue.Writer.TryComplete();

    /// <summary>Decides, batch by batch, until the queue is closed and empty.</summary>
    /// <param name="decide">Images [N, 1, H, W] to their decisions.</param>
    public async Task Run(Func<Tensor, Decision> decide)
    {
        var batch = new List<Waiting>(options.BatchSize);
        while (await queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < options.BatchSize && queue.Reader.TryRead(out var waiting))
            {
                if (!waiting.IsGone())
                    batch.Add(waiting);
            }

            if (batch.Count > 0)
                Answer(batch, decide);
        }
    }

    void Answer(List<Waiting> batch, Func<Tensor, Decision> decide)
    {
        try
        {
            using var timed = metrics.Decides(batch.Count);
            var verdicts = Repeated(() => Verdicts(batch, decide));
            for (var i = 0; i < batch.Count; i++)
                batch[i].Verdict.TrySetResult(verdicts[i]);
        }
        catch (Exception exception)
        {
            // Who waits hears of it, and the next batch may be right.
            foreach (var waiting in batch)
                waiting.Verdict.TrySetException(exception);
        }
    }

    /// <summary>
    /// TorchSharp may free a number that a native call still reads, where another thread collects garbage at that
    /// moment: some ten thousand batches under load, and one fails for no fault of its images. Decided again they are
    /// as ever.
    /// </summary>
    Verdict[] Repeated(Func<Verdict[]> decided)
    {
        for (var left = MostTries; ; left--)
        {
            try
            {
                return decided();
            }
            catch (ExternalException) when (left > 1)
            {
                metrics.Repeated();
            }
        }
    }

    static Verdict[] Verdicts(List<Waiting> batch, Func<Tensor, Decision> decide)
    {
        using var scope = NewDisposeScope();
        var images = tensor([.. batch.SelectMany(waiting => waiting.Pixels)], [batch.Count, 1, Model.Size, Model.Size]);
        var decision = decide(images);
        var labels = decision.Labels.data<long>().ToArray();
        var scores = Rows(decision.Scores);
        var gates = Rows(decision.GateScores.t().contiguous());
        return [.. labels.Select((label, i) => new Verdict(label, scores[i], gates[i]))];
    }

    static float[][] Rows(Tensor values) =>
        [.. values.data<float>().ToArray().Chunk((int)values.size(1))];

    sealed class Waiting(float[] pixels, CancellationToken cancellation)
    {
        public float[] Pixels => pixels;

        // Continuations elsewhere: the next batch does not wait until answers are written.
        public TaskCompletionSource<Verdict> Verdict { get; } =
            new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool IsGone()
        {
            if (cancellation.IsCancellationRequested)
                Verdict.TrySetCanceled(cancellation);
            return cancellation.IsCancellationRequested;
        }
    }
}
