using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Defenses;

/// <summary>
/// Specialists + 1 (Abbasi and Gagné 2017): a generalist network, and for each class two specialists, one trained on
/// the classes that FGSM mostly turns the class into, the other on the rest. An image is suspicious when those that
/// know its class do not agree on it with confidence.
/// </summary>
/// <remarks>
/// <para>U_i are the classes, most frequent first, that make up four fifths of what images of class i are turned into,
/// and U_(K + i) all others, so that each class has K specialists and the generalist. Where all of them say the class
/// the generalist says, p is the mean of their probabilities; else it is that of all 2 K + 1 networks. The score is
/// 1 - max_k p_k.</para>
/// <para>The generalist trains for twice the epochs; half way its confusions name the specialists' classes.</para>
/// </remarks>
[Defense(
    Category.Detection,
    Source = "Abbasi and Gagné 2017",
    UnderAttack = "Falls to attacks that make the networks agree on a wrong class [15].")]
[Claims<AdversarialRejection>]
public sealed class SpecialistsDetector : NetworkDetector
{
    const double FoolingShare = 0.8;

    /// <summary>Images that confusions are counted on.</summary>
    const int MostImages = 2000;

    readonly FeatureNetwork[] specialists;
    readonly Tensor domains;
    readonly Tensor confusions;
    ILabeledImages? counted;

    /// <summary>Makes an untrained detector.</summary>
    /// <param name="networks">Makes all 2 K + 1 networks.</param>
    public SpecialistsDetector(INetworkFactory networks) : base(networks.Create())
    {
        var classes = Network.ClassCount;
        specialists = [.. Enumerable.Range(0, 2 * classes).Select(_ => networks.Create())];
        domains = zeros(2 * classes, classes, dtype: ScalarType.Bool).DetachFromDisposeScope();
        confusions = zeros(classes, classes).DetachFromDisposeScope();
        for (var i = 0; i < specialists.Length; i++)
            register_module($"specialist{i}", specialists[i]);
        register_buffer(nameof(domains), domains);
        register_buffer(nameof(confusions), confusions);
    }

    /// <summary>
    /// The size in Linf of the FGSM steps that confusions are counted on, positive; 0.3 is usual for MNIST.
    /// </summary>
    public double Epsilon { get; set; } = 0.3;

    /// <summary>Which classes each specialist was trained on, bool [2 K, K]; a copy.</summary>
    public Tensor CopyDomains() => domains.clone();

    /// <inheritdoc/>
    protected override int EpochFactor => 2;

    /// <summary>
    /// The classes of 2 K specialists, bool [2 K, K], of confusions [K, K], where row i counts what images of class i
    /// are taken for.
    /// </summary>
    public static Tensor DomainsOf(Tensor confusions)
    {
        var classes = (int)confusions.size(0);
        var counts = HostMemory.ReadFloats(confusions);
        var known = new bool[2 * classes * classes];
        for (var i = 0; i < classes; i++)
        {
            var row = Enumerable.Range(0, classes).Where(k => k != i)
                .Select(k => (Class: k, Count: counts[(i * classes) + k]))
                .OrderByDescending(k => k.Count).ToList();
            var (mass, total) = (0f, row.Sum(k => k.Count));
            foreach (var (k, count) in row)
            {
                if (mass > 0 && mass >= FoolingShare * total)
                    break;
                known[(i * classes) + k] = true;
                mass += count;
            }

            for (var k = 0; k < classes; k++)
                known[((classes + i) * classes) + k] = !known[(i * classes) + k];
        }

        return tensor(known, [2 * classes, classes]);
    }

    /// <summary>
    /// The vote's probabilities [N, K] of those of the generalist, first, and of the specialists, [2 K + 1, N, K].
    /// </summary>
    public static Tensor Vote(Tensor probabilities, Tensor domains)
    {
        using var scope = NewDisposeScope();
        var said = probabilities.argmax(2);
        var own = said[0];
        // Who knows the class that the generalist says: itself, and the specialists of that class.
        var knows = cat([ones_like(own).to_type(ScalarType.Bool).unsqueeze(0), domains.t().index_select(0, own).t()]);
        var agreed = (said.eq(own) | knows.logical_not()).all(0);
        var voters = (knows | agreed.logical_not()).to_type(ScalarType.Float32).unsqueeze(2);
        return ((probabilities * voters).sum([0]) / voters.sum([0])).MoveToOuterDisposeScope();
    }

    /// <inheritdoc/>
    protected override Tensor Score(Tensor images)
    {
        var all = specialists.Prepend(Network).Select(network => network.call(images).softmax(1));
        return 1 - Vote(stack([.. all]), domains).amax([1]);
    }

    /// <inheritdoc/>
    protected override void ThrowIfMisconfigured()
    {
        if (!(Epsilon > 0))
            throw new ArgumentOutOfRangeException(nameof(Epsilon), Epsilon, "Epsilon is positive.");
    }

    /// <summary>Keeps in sight which images confusions are counted on.</summary>
    /// <inheritdoc/>
    protected override void Prepare(ILabeledImages seen, Device device, CancellationToken cancellation)
    {
        counted = seen;
        domains.zero_();
        confusions.zero_();
    }

    /// <summary>Lets go of the images.</summary>
    /// <inheritdoc/>
    protected override void Fit(
        ILabeledImages seen, ILabeledImages heldOut, Device device, CancellationToken cancellation) => counted = null;

    /// <inheritdoc/>
    protected override BatchLoss LossOf(TrainingBatch batch)
    {
        var (loss, logits) = base.LossOf(batch);
        if (2 * (batch.Step.Epoch - 1) < batch.Step.Epochs)
            return new BatchLoss(loss, logits);
        if (!domains.any().item<bool>())
            NameDomains(batch.Images.device);
        var known = domains.index_select(1, batch.Labels);
        for (var i = 0; i < specialists.Length; i++)
        {
            var rows = known[i].nonzero().flatten();
            if (rows.size(0) == 0)
                continue;
            var said = specialists[i].call(batch.Images.index_select(0, rows));
            loss += functional.cross_entropy(said, batch.Labels.index_select(0, rows));
        }

        return new BatchLoss(loss, logits);
    }

    void NameDomains(Device device)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        using var mode = ModuleMode.Keep(Network);
        Network.eval();
        var (some, rest) = counted!.SplitStratified(Math.Min(counted!.Count, MostImages));
        using (some)
        using (rest)
        {
            foreach (var places in Enumerable.Range(0, some.Count).Select(i => (long)i).Chunk(FittingBatch))
            {
                using var shown = some.Select(places);
                var (images, labels) = (shown.Images.to(device), shown.Labels.to(device));
                var sign = InputGradient.Of(Network, images, logits => Margins.Of(logits, labels).sum()).sign();
                var taken = Network.call((images + (Epsilon * sign)).clamp(0, 1)).argmax(1);
                var classes = Network.ClassCount;
                var counts = ((labels * classes) + taken).bincount(null, classes * classes);
                confusions.add_(counts.view(classes, classes));
            }
        }

        domains.copy_(DomainsOf(confusions));
    }
}
