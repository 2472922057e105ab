using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Gaussian kernel density of features, class by class: log p(h | c) = log mean_(i in class c) N(h; h_i, b^2 I). In log
/// space throughout, so it is exact where every kernel underflows, which in a hundred dimensions is everywhere.
/// </summary>
/// <remarks>
/// The reference features are buffers of a size that is known at construction, so a checkpoint carries them. Until
/// <see cref="Fit"/> there are none, and the density is 0.
/// </remarks>
public sealed class KernelDensity : Module<Tensor, Tensor, Tensor>
{
    readonly Tensor references;
    readonly Tensor origin;
    readonly Tensor counts;

    /// <summary>Makes an empty density.</summary>
    /// <param name="classCount">K.</param>
    /// <param name="featureCount">D.</param>
    /// <param name="capacity">The most reference features a class may have.</param>
    public KernelDensity(int classCount, int featureCount, int capacity) : base(nameof(KernelDensity))
    {
        references = zeros(classCount, capacity, featureCount).DetachFromDisposeScope();
        origin = zeros(featureCount).DetachFromDisposeScope();
        counts = zeros(classCount, dtype: ScalarType.Int64).DetachFromDisposeScope();
        register_buffer(nameof(references), references);
        register_buffer(nameof(origin), origin);
        register_buffer(nameof(counts), counts);
        RegisterComponents();
    }

    /// <summary>
    /// b, the kernel's standard deviation in units of the features; positive. 1.2 is the source's for MNIST.
    /// </summary>
    public double Bandwidth { get; set; } = 1.2;

    /// <summary>Takes the first features of each class, up to the capacity, as references.</summary>
    /// <param name="features">Float32 [N, D].</param>
    /// <param name="labels">Int64 [N] in [0, K).</param>
    /// <exception cref="ArgumentException">A class without features.</exception>
    public void Fit(Tensor features, Tensor labels)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        // Distances do not depend on the origin; around the mean they lose fewer digits.
        origin.copy_(features.mean([0]));
        references.zero_();
        for (var c = 0; c < references.size(0); c++)
        {
            var rows = labels.eq(c).nonzero().flatten();
            var count = Math.Min(rows.size(0), references.size(1));
            if (count == 0)
                throw new ArgumentException(
                    $"The density of class {c} needs training images of that class; there are none.", nameof(labels));
            references[c].narrow(0, 0, count).copy_(features.index_select(0, rows.narrow(0, 0, count)) - origin);
            counts[c].fill_(count);
        }
    }

    /// <summary>
    /// log p(h_i | c_i), float32 [N], of features [N, D] under classes int64 [N]; differentiable in the features.
    /// </summary>
    public override Tensor forward(Tensor features, Tensor classes)
    {
        using var scope = NewDisposeScope();
        var (capacity, dimensions) = (references.size(1), references.size(2));

        // |h - r|^2 = |h|^2 - 2 h.r + |r|^2 to every reference of every class; then the class's own.
        var h = features - origin;
        var flat = references.view(-1, dimensions);
        var squared = h.pow(2).sum(1, keepdim: true) - (2 * h.matmul(flat.t())) + flat.pow(2).sum(1);
        var own = classes.view(-1, 1, 1).expand(-1, 1, capacity);
        squared = squared.unflatten(1, [-1, capacity]).gather(1, own).squeeze(1).clamp_min(0);

        var count = counts.index_select(0, classes).unsqueeze(1);
        var absent = arange(capacity, device: features.device).unsqueeze(0).ge(count);
        var kernels = (squared / (-2 * Bandwidth * Bandwidth)).masked_fill(absent, float.NegativeInfinity);
        var normalization = dimensions / 2.0 * Math.Log(2 * Math.PI * Bandwidth * Bandwidth);
        return (kernels.logsumexp(1) - count.squeeze(1).log() - normalization).MoveToOuterDisposeScope();
    }
}
