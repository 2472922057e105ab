using Ensembles.Attacks;
using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// A pool of adversarial images, made of training images by L-BFGS at the beginning of every epoch against the network
/// as it is then (Szegedy et al. 2013 [33]). An image of a batch is exchanged for one of the pool with the same label.
/// </summary>
/// <remarks>
/// <para>
/// A pool that is never made anew is learnt by heart, which is why each epoch, also the one that a resumed run begins
/// with, makes its own.
/// </para>
/// <para>
/// The attack goes as far as it needs to. The more the network withstands the further that is, in the end to where a
/// person would see the other class, and training on the old label then costs accuracy on clean images. A radius keeps
/// the images to what the label still holds for: those further off are brought back to it, on the line to the clean
/// image.
/// </para>
/// </remarks>
/// <param name="source">The training images. They are not disposed of.</param>
/// <param name="size">Images that are drawn for a pool, 1 or more; those that the attack breaks stay in it.</param>
/// <param name="epsilon">
/// The radius in L2, in units of pixel values in [0, 1], positive; null for as far as the attack goes.
/// </param>
public sealed class AdversarialPool(ILabeledImages source, int size = 100, double? epsilon = null)
    : Perturbation, IDisposable
{
    LabeledImages? images;

    /// <summary>Images that are drawn for a pool.</summary>
    public int Size { get; } = size >= 1
        ? size
        : throw new ArgumentOutOfRangeException(nameof(size), size, "A pool is drawn of one image or more.");

    /// <summary>The radius in L2 that the images are kept to; null for none.</summary>
    public double? Epsilon { get; } = epsilon is null or > 0
        ? epsilon
        : throw new ArgumentOutOfRangeException(nameof(epsilon), epsilon, "A radius is positive.");

    /// <summary>What the images are drawn from.</summary>
    public ILabeledImages Source { get; } = source;

    /// <summary>
    /// The attack that makes them, which looks for the smallest perturbation in L2; few steps come nearly as near.
    /// </summary>
    public IAttack Attack { get; init; } = new Lbfgs { Steps = 10, SearchSteps = 4, FirstConstant = 1 };

    /// <summary>The images of the pool, which owns them, with their true labels; null before the first epoch.</summary>
    public LabeledImages? Images => images;

    /// <inheritdoc/>
    /// <remarks>An image whose class is not in the pool stays as it is.</remarks>
    public override Tensor Of(PerturbedBatch batch)
    {
        if (images is null || batch.Step.Batch == 1)
            Refresh(batch);
        var pool = images!;
        using var scope = NewDisposeScope();
        var random = new Random(unchecked((int)batch.Step.Seed));
        using var onCpu = batch.Labels.cpu();
        var ofClass = HostMemory.ReadLongs(pool.Labels).Index().ToLookup(l => l.Item, l => (long)l.Index);
        var clean = batch.Images.detach();
        var both = cat([clean, pool.Images]);
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
        var clean = drawn.Images.to(device);
        using var found = Attack.Run(
            batch.Classifier, clean, drawn.Labels.to(device), ThreatModel.Unbounded(Norm.L2),
            new AttackOptions { Seed = unchecked((int)batch.Step.Seed) });
        long[] broken = [.. found.Success.Index().Where(s => s.Item).Select(s => (long)s.Index)];
        using var made = new LabeledImages(Kept(found.Images, clean), drawn.Labels.to(device), drawn.ClassCount);
        Dispose();
        images = made.Select(broken);
    }

    /// <summary>The images as they are, or brought back to the radius.</summary>
    Tensor Kept(Tensor found, Tensor clean)
    {
        if (Epsilon is not { } radius)
            return found;
        using var ball = Ball.Create(new ThreatModel(Norm.L2, radius));
        return ball.Project(found, clean);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        images?.Dispose();
        images = null;
    }
}
