using System.Globalization;
using Ensembles.Training;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Benchmarks;

/// <summary>
/// Processor time of an epoch of training beside a hand-written TorchSharp loop of the same loss, network, optimizer
/// and images. Both take turns in one process on one thread, an epoch each.
/// </summary>
static class TrainingTimes
{
    const int Turns = 7;

    const int Images = 1024;

    const double Epsilon = 0.3;

    const double LearningRate = 2e-3;

    /// <summary>The weight of the divergence, and the deviation of the noise that TRADES starts from.</summary>
    const double Beta = 6, Deviation = 0.001;

    static readonly WorkClock clock = WorkClock.For(CPU);

    public static void Print()
    {
        Console.WriteLine("| network | images | perturbation | batch | loop, s | ours, s | ours / loop |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        var gray = new SmallCnnFactory(1, 28, 10);
        Compare("SmallCnn", gray, [Images, 1, 28, 28], batch: 32, steps: 0);
        Compare("SmallCnn", gray, [Images, 1, 28, 28], batch: 128, steps: 0);
        Compare("SmallCnn", gray, [Images, 1, 28, 28], batch: 32, steps: 1);
        Compare("SmallCnn", gray, [Images, 1, 28, 28], batch: 32, steps: 10);
        Compare("SmallCnn", gray, [Images, 1, 28, 28], batch: 128, steps: 10);
        Compare("SmallCnn", gray, [Images, 1, 28, 28], batch: 32, steps: 10, trades: true);
        Compare("SmallCnn", gray, [Images, 1, 28, 28], batch: 128, steps: 10, trades: true);
        Compare("SmallCnn, width 2", new Widened(gray, 2), [Images / 2, 1, 28, 28], batch: 64, steps: 10);
        Compare("SmallCnn", new SmallCnnFactory(3, 32, 10), [Images / 2, 3, 32, 32], batch: 64, steps: 10);
    }

    static void Compare(string name, INetworkFactory networks, long[] shape, int batch, int steps, bool trades = false)
    {
        manual_seed(1);
        using var images = rand(shape);
        using var labels = randint(10, shape[0]);
        var set = new LabeledImages(images, labels, 10);
        var loops = new double[Turns];
        var ours = new double[Turns];
        for (var turn = 0; turn < Turns; turn++)
        {
            manual_seed(turn);
            using NetworkClassifier classifier = trades ? new Trades(networks, steps) : new Perturbed(networks)
            {
                Perturbation = steps switch
                {
                    0 => null,
                    1 => new FgsmPerturbation(Epsilon),
                    _ => new PgdPerturbation(Epsilon, steps),
                },
            };
            manual_seed(turn);
            using var network = networks.Create();
            using var optimizer = optim.Adam(network.parameters(), LearningRate);
            ours[turn] = Seconds(() => classifier.Train(
                set, new TrainingOptions { Epochs = 1, BatchSize = batch, LearningRate = LearningRate }));
            loops[turn] = Seconds(() => Epoch(network, optimizer, images, labels, batch, steps, trades));
        }

        var ratios = ours.Zip(loops, (our, loop) => our / loop).Order().ToArray();
        var perturbation = steps switch
        {
            0 => "none",
            1 => "FGSM",
            _ => trades ? $"TRADES, {steps} steps" : $"PGD-{steps}",
        };
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {shape[0]} of {shape[1]}x{shape[2]}x{shape[3]} | {perturbation} | {batch} | "
                + $"{loops.Min():f3} | {ours.Min():f3} | "
                + $"{ratios[Turns / 2]:f2} ({ratios[0]:f2} to {ratios[^1]:f2}) |"));
    }

    static double Seconds(Action epoch)
    {
        var start = clock.Milliseconds();
        epoch();
        return (clock.Milliseconds() - start) / 1e3;
    }

    /// <summary>What a user of TorchSharp writes, with gradients to the images alone in the inner steps.</summary>
    static void Epoch(
        Module<Tensor, Tensor> network, optim.Optimizer optimizer, Tensor images, Tensor labels, int batch, int steps,
        bool trades)
    {
        using var order = randperm(images.size(0));
        for (var start = 0L; start < images.size(0); start += batch)
        {
            using var scope = NewDisposeScope();
            var rows = order.narrow(0, start, Math.Min(batch, images.size(0) - start));
            var (x, y) = (images.index_select(0, rows), labels.index_select(0, rows));
            var moved = steps > 0 ? Climb(network, x, y, steps, trades) : x;
            network.train();
            optimizer.zero_grad();
            var logits = network.call(moved);
            var loss = trades ? OfTrades(network.call(x), logits, y) : functional.cross_entropy(logits, y);
            loss.backward();
            optimizer.step();
        }
    }

    static Tensor OfTrades(Tensor clean, Tensor moved, Tensor labels) =>
        functional.cross_entropy(clean, labels) + (Beta * Divergence(clean.log_softmax(1), moved));

    static Tensor Divergence(Tensor wanted, Tensor logits) =>
        functional.kl_div(logits.log_softmax(1), wanted, log_target: true, Reduction.Sum) / logits.size(0);

    static Tensor Climb(Module<Tensor, Tensor> network, Tensor x, Tensor y, int steps, bool trades)
    {
        network.eval();
        var size = steps == 1 ? 1.25 * Epsilon : 2.5 * Epsilon / steps;
        var (low, high) = ((x - Epsilon).clamp(0, 1), (x + Epsilon).clamp(0, 1));
        var noise = trades ? Deviation * randn_like(x) : ((rand_like(x) * 2) - 1) * Epsilon;
        var moved = (x + noise).clamp(0, 1);
        Tensor wanted;
        using (no_grad())
            wanted = trades ? network.call(x).log_softmax(1) : y;
        for (var i = 0; i < steps; i++)
        {
            using var scope = NewDisposeScope();
            var leaf = moved.detach().requires_grad_();
            var logits = network.call(leaf);
            var loss = trades ? Divergence(wanted, logits) : functional.cross_entropy(logits, y);
            var gradient = autograd.grad([loss], [leaf])[0];
            moved = minimum(maximum(leaf.detach() + (size * gradient.sign()), low), high).MoveToOuterDisposeScope();
        }

        return moved;
    }

    /// <summary>A network and a perturbation, and nothing else.</summary>
    sealed class Perturbed(INetworkFactory networks) : NetworkClassifier(networks);

    sealed class Trades(INetworkFactory networks, int steps) : NetworkClassifier(networks)
    {
        public override TrainingLoss Loss { get; } = new CrossEntropy().OnClean() + Beta * new CleanDivergence();

        public override Perturbation? Perturbation { get; init; } =
            new PgdPerturbation(Epsilon, steps) { Raised = new CleanDivergence(), StartDeviation = Deviation };
    }

    sealed class Widened(INetworkFactory networks, double width) : INetworkFactory
    {
        public FeatureNetwork Create(NetworkRequest? request = null) =>
            networks.Create((request ?? new NetworkRequest()) with { Width = width });
    }
}
