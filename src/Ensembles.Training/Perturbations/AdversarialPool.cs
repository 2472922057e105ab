using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// A pool of adversarial images, made of training images by L-BFGS at the beginning of every epoch against the network
/// as it is then (Szegedy et al. 2013 [33]). An image of a batch is exchanged for one of the pool with the same label.
/// </summary>
/// <remarks>
/// A pool that is never made anew is learnt by heart, which is why each epoch, also the one that a resumed run begins
/// with, makes its own.
/// </remarks>
/// <param name="source">The training images. They are not disposed of.</param>
/// <param name="size">Images that are drawn for a pool; those that the attack breaks stay in it.</param>
public sealed class AdversarialPool(ILabeledImages source, int size = 100) : Perturbation, IDisposable
{
    Tensor? images;
    long[] labels = [];

    /// <summary>Images that are drawn for a pool.</summary>
    public int Size { get; } = size;

    /// <summary>What the images are drawn from.</summary>
    public ILabeledImages Source { get; } = source;

    /// <summary>The attack that makes them, which looks for the smallest perturbation in L2.</summary>
    public IAttack Attack { get; init; } = new Lbfgs { Steps = 20, SearchSteps = 5 };

    /// <summary>The images of the pool, [M, C, H, W] in [0, 1]; none before the first epoch.</summary>
    public Tensor? Images => images;

    /// <summary>Their labels, which are the true ones.</summary>
    public IReadOnlyList<long> Labels => labels;

    /// <inheritdoc/>
    /// <remarks>An image whose class is not in the pool stays as it is.</remarks>
    public override Tensor Of(PerturbedBatch batch)
    {
        if (images is null || batch.Step.Batch == 1)
            Refresh(batch);
        using var scope = NewDisposeScope();
        var random = new Random(unchecked((int)batch.Step.Seed));
        using var onCpu = batch.Labels.cpu();
        var ofClass = labels.Index().ToLookup(l => l.Item, l => (long)l.Index);
        var clean = batch.Images.detach();
        var both = cat([clean, images!.to(clean.device)]);
        var rows = onCpu.data<long>().ToArray().Select((label, i) =>
        {
            var candidates = ofClass[label].ToArray();
            return candidates.Length == 0 ? i : clean.size(0) + candidates[random.Next(candidates.Length)];
        });
        return both.index_select(0, tensor(rows.ToArray()).to(clean.device)).MoveToOuterDisposeScope();
    }

    void Refresh(PerturbedBatch batch)
    {
        using var scope = NewDisposeScope();
        using var mode = ModuleMode.Keep(batch.Classifier);
        batch.Classifier.eval();
        var order = Enumerable.Range(0, Source.Count).Select(i => (long)i).ToArray();
        new Random(unchecked((int)batch.Step.Seed)).Shuffle(order);
        using var drawn = Source.Select(order.AsSpan(0, Math.Min(Size, order.Length)));
        var device = batch.Images.device;
        using var found = Attack.Run(
            batch.Classifier, drawn.Images.to(device), drawn.Labels.to(device), ThreatModel.Unbounded(Norm.L2),
            new AttackOptions { Seed = unchecked((int)batch.Step.Seed) });
        long[] broken = [.. found.Success.Index().Where(s => s.Item).Select(s => (long)s.Index)];
        Dispose();
        images = found.Images.index_select(0, tensor(broken).to(device)).DetachFromDisposeScope();
        labels = drawn.Labels.index_select(0, tensor(broken)).data<long>().ToArray();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        images?.Dispose();
        images = null;
    }
}
