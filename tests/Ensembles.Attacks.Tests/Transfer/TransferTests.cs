using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Attacks.Tests;

public class TransferTests
{
    static readonly ThreatModel threat = new(Norm.Linf, 0.06);
    static readonly LinearNetwork network = Samples.Linear();
    static readonly Tensor images = Samples.Images(48).DetachFromDisposeScope();
    static readonly Tensor labels = Samples.LabelsOf(network, images).DetachFromDisposeScope();

    /// <summary>A network that has learnt nearly the same.</summary>
    static FunctionClassifier Neighbour()
    {
        var other = Samples.Linear(seed: 7);
        return new FunctionClassifier(x => network.call(x) + 0.3 * other.call(x));
    }

    static Transfer From(params Module<Tensor, Tensor>[] substitutes) =>
        new() { Substitutes = [.. substitutes.Select(s => AttackSurface.FromClassifier(s))], Members = false };

    static bool[] Broken(IAttack attack, AttackSurface surface)
    {
        using var result = attack.Run(surface, images, labels, threat, new AttackOptions());
        return [.. result.Success];
    }

    [Fact]
    public void From_the_target_itself_it_is_the_attack_itself()
    {
        var whiteBox = Broken(new MiFgsm(), AttackSurface.FromClassifier(network));
        Assert.InRange(whiteBox.Count(b => b), 5, 43);
        Assert.Equal(whiteBox, Broken(From(network), AttackSurface.FromClassifier(network)));
        // The only member of a classifier is the target too.
        Assert.Equal(whiteBox, Broken(new Transfer(), AttackSurface.FromClassifier(network)));
    }

    /// <summary>What a neighbour's images break, the attack on the network itself breaks too.</summary>
    [Fact]
    public void From_a_neighbour_it_breaks_less()
    {
        var (transferred, whiteBox) = (Broken(From(Neighbour()), AttackSurface.FromClassifier(network)), Broken(
            new MiFgsm(), AttackSurface.FromClassifier(network)));
        Assert.InRange(transferred.Count(b => b), 1, whiteBox.Count(b => b) - 1);
        Assert.All(transferred.Zip(whiteBox), pair => Assert.True(!pair.First || pair.Second));
    }

    /// <summary>Each image keeps the best that any substitute gave: more of them lose nothing.</summary>
    [Fact]
    public void More_substitutes_lose_nothing()
    {
        var one = Broken(From(Samples.Linear(seed: 3)), AttackSurface.FromClassifier(network));
        var more = Broken(From(Samples.Linear(seed: 3), Neighbour()), AttackSurface.FromClassifier(network));
        Assert.All(one.Zip(more), pair => Assert.True(!pair.First || pair.Second));
        Assert.True(more.Count(b => b) > one.Count(b => b));
    }

    /// <summary>
    /// Rounded pixels, and an answer that is only a label: what follows the gradient raises, and images of the twin
    /// that hides nothing break it.
    /// </summary>
    [Fact]
    public void A_masked_gradient_falls_to_its_undefended_twin()
    {
        Module<Tensor, Tensor>[] masked =
        [
            new Behind(new BitDepth(4), network),
            new FunctionClassifier(x => functional.one_hot(network.call(x).argmax(1), 4).to_type(ScalarType.Float32)),
        ];
        foreach (var defense in masked)
        {
            var surface = AttackSurface.FromClassifier(defense);
            Assert.Throws<ZeroGradientException>(() => Broken(new Pgd(), surface));
            var (transferred, twin) = (
                Broken(From(network), surface), Broken(new MiFgsm(), AttackSurface.FromClassifier(network)));
            Assert.True(transferred.Count(b => b) >= 0.8 * twin.Count(b => b));
        }
    }

    /// <summary>
    /// The second member decides the vote: images made on the first alone do less than those made on each.
    /// </summary>
    [Fact]
    public void Every_member_is_a_substitute()
    {
        var (quiet, loud) = (Samples.Linear(seed: 5), new ScaledNetwork(network, 100));
        var surface = new HandmadeSurface<MeanLogit>([quiet, loud]);
        var (fromQuiet, fromEach, whiteBox) = (Broken(From(quiet), surface), Broken(
            new Transfer(), surface), Broken(new MiFgsm(), AttackSurface.FromClassifier(loud)));
        Assert.Equal(whiteBox.Count(b => b), fromEach.Count(b => b), tolerance: 1);
        Assert.True(fromQuiet.Count(b => b) < fromEach.Count(b => b));
    }

    /// <summary>
    /// Made without the gate, it raises both pixels alike, and the gate that watches one of them rejects it.
    /// </summary>
    [Fact]
    public void Gates_reject_what_was_made_without_them()
    {
        using var scope = NewDisposeScope();
        var sum = new LinearNetwork(new float[,] { { 0, 0, 0, 0 }, { 1, 1, 0, 0 } }, [0, -1.1f]);
        var image = tensor(new[] { 0.4f, 0.4f, 0.5f, 0.5f }, [1, 1, 2, 2]);
        bool Breaks(float threshold) => new Transfer()
            .Run(
                new HandmadeSurface<MeanLogit>(
                    [sum], [(new FunctionDetector(x => x.flatten(1).select(1, 0)), threshold)]),
                image, tensor(new[] { 0L }), new ThreatModel(Norm.Linf, 0.35), new AttackOptions())
            .Success[0];
        Assert.Equal((false, true), (Breaks(0.45f), Breaks(0.8f)));
    }

    [Fact]
    public void What_cannot_transfer_is_refused()
    {
        Assert.Contains(
            "boundary",
            Assert.Throws<ArgumentException>(
                () => Broken(new Transfer { Attack = new Fab() }, AttackSurface.FromClassifier(network))).Message);
        Assert.Contains(
            "nothing to craft on",
            Assert.Throws<ArgumentException>(() => Broken(From(), AttackSurface.FromClassifier(network))).Message);
    }

    /// <summary>Images and draws of the substitutes are work too.</summary>
    [Fact]
    public void Work_on_substitutes_is_counted()
    {
        var hard = new FunctionClassifier(x => network.call(x) + tensor(new[] { 50f, 0, 0, 0 }));
        using var result = From(hard).Run(
            AttackSurface.FromClassifier(hard), images, zeros_like(labels), threat, new AttackOptions());
        using var alone = new MiFgsm().Run(
            AttackSurface.FromClassifier(hard), images, zeros_like(labels), threat, new AttackOptions());
        // The clean images and the crafted ones, on the target.
        Assert.Equal((alone.Forwards + 2 * 48, alone.Backwards), (result.Forwards, result.Backwards));
    }

    /// <summary>
    /// A surface written by hand has no member by itself: it is evaluated as a whole, and the member's part taken.
    /// </summary>
    [Fact]
    public void A_member_of_a_surface_that_is_one_piece_is_the_same_member()
    {
        var surface = new HandmadeSurface<MeanLogit>([Samples.Linear(seed: 3), network]);
        using var alone = surface.Alone(1).Evaluate(images, 1);
        using var itself = AttackSurface.FromClassifier(network).Evaluate(images, 1);

        Assert.Equal(Samples.Floats(itself.Scores), Samples.Floats(alone.Scores));
        Assert.Equal(itself.Labels.data<long>().ToArray(), alone.Labels.data<long>().ToArray());
        Assert.Equal([1, 48, 4], alone.MemberLogits.shape);
    }

    /// <summary>
    /// The parity network's own images leave 20 behind three bits, whose gradient is masked, and 102 behind the median.
    /// </summary>
    [ParityFact]
    public void Images_of_the_undefended_twin_transfer()
    {
        var twin = AttackSurface.FromClassifier(Parity.Network());
        var transfer = new Transfer { Attack = Peers.Pgd, Substitutes = [twin], Members = false };
        Assert.InRange(Peers.Robust(transfer, new Behind(new BitDepth(3), Parity.Network())), 17, 23);
        Assert.InRange(Peers.Robust(transfer, new Behind(new Median3(), Parity.Network())), 97, 107);
    }
}
