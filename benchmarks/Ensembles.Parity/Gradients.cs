using System.Diagnostics;
using System.Globalization;
using Ensembles;
using Ensembles.Attacks;
using Ensembles.Attacks.Tests;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

/// <summary>
/// Attack plans against torch's autograd as attacks use it where there is no plan: frozen parameters, convolutions laid
/// out channels last.
/// </summary>
static class Gradients
{
    const int Turns = 3;
    const double MillisecondsPerPass = 150;

    static readonly (string Name, Func<Module<Tensor, Tensor>> Make)[] networks =
    [
        ("parity network", Parity.Network),
        ("conv16-conv32-pool", () => Trained(
            Conv2d(1, 16, 3, padding: 1), ReLU(), Conv2d(16, 32, 3, padding: 1), ReLU(), MaxPool2d(2), Flatten(),
            Linear(32 * 14 * 14, 10))),
        ("conv16-norm-conv32-norm-pool", () => Trained(
            Conv2d(1, 16, 3, padding: 1), BatchNorm2d(16), ReLU(),
            Conv2d(16, 32, 3, padding: 1), BatchNorm2d(32), ReLU(), MaxPool2d(2), Flatten(), Linear(32 * 14 * 14, 10))),
        ("conv16-pool-conv32-pool", () => Trained(
            Conv2d(1, 16, 3, padding: 1), ReLU(), MaxPool2d(2), Conv2d(16, 32, 3, padding: 1), ReLU(), MaxPool2d(2),
            Flatten(), Linear(32 * 7 * 7, 10))),
        ("conv32-conv32-pool-conv64-conv64-pool", () => Trained(
            Conv2d(1, 32, 3, padding: 1), ReLU(), Conv2d(32, 32, 3, padding: 1), ReLU(), MaxPool2d(2),
            Conv2d(32, 64, 3, padding: 1), ReLU(), Conv2d(64, 64, 3, padding: 1), ReLU(), MaxPool2d(2), Flatten(),
            Linear(64 * 7 * 7, 10))),
    ];

    public static void Print()
    {
        Console.WriteLine(
            "| network | images | forward and backward, torch, microseconds an image | plan | times faster "
            + "| forward alone, torch | plan | times faster |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        foreach (var (name, make) in networks)
        {
            foreach (var count in new[] { 1, 8, 32, 128 })
                PrintPasses(name, make(), count);
        }

        Console.WriteLine();
        Console.WriteLine(
            "| attack | network | torch, s | with plans, s | times faster | robust of 512, torch | with plans |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        // The last one would take minutes.
        foreach (var (name, make) in networks[..^1])
        {
            IAttack[] attacks =
                [new Pgd { StepSize = 0.01, RandomStart = false }, new Apgd(), new Square { Queries = 100 }];
            foreach (var attack in attacks)
                PrintAttack(attack, name, make());
        }
    }

    static void PrintPasses(string name, Module<Tensor, Tensor> network, int count)
    {
        using var scope = NewDisposeScope();
        foreach (var parameter in network.parameters())
            parameter.requires_grad = false;
        using var layout = new WeightLayout(network.modules().Prepend(network));
        var images = Parity.Images().Images.narrow(0, 0, count);
        using var plans = new AttackPlans(withGradient: true);
        double[] times = [.. Medians(
            () => Pass(network.call, images, backward: true), () => Pass(Planned, images, backward: true),
            () => Pass(network.call, images, backward: false), () => Pass(Planned, images, backward: false))
            .Select(t => 1000 * t / count)];
        Tensor Planned(Tensor x) => plans.Call(network, x);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {count} | {times[0]:f0} | {times[1]:f0} | {times[0] / times[1]:f1} ")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"| {times[2]:f0} | {times[3]:f0} | {times[2] / times[3]:f1} |"));
    }

    static void PrintAttack(IAttack attack, string name, Module<Tensor, Tensor> network)
    {
        using var scope = NewDisposeScope();
        var (images, labels) = Parity.Images();
        var alone = new OwnForward(network);
        Attack(alone);
        Attack(network);
        var (torch, plan) = (new List<double>(), new List<double>());
        var (torchRobust, planRobust) = (0, 0);
        for (var turn = 0; turn < Turns; turn++)
        {
            torch.Add(Seconds(() => torchRobust = Attack(alone)));
            plan.Add(Seconds(() => planRobust = Attack(network)));
        }

        torch.Sort();
        plan.Sort();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {attack.Name} | {name} | {torch[Turns / 2]:f2} | {plan[Turns / 2]:f2} ")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"| {torch[Turns / 2] / plan[Turns / 2]:f2} | {torchRobust} | {planRobust} |"));

        int Attack(Module<Tensor, Tensor> victim)
        {
            using var result = attack.Run(victim, images, labels, new ThreatModel(Norm.Linf, 0.1));
            return result.Success.Count(success => !success);
        }
    }

    /// <summary>A network that has learnt the 512 images.</summary>
    static Module<Tensor, Tensor> Trained(params Module<Tensor, Tensor>[] layers)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        foreach (var convolution in layers.OfType<TorchSharp.Modules.Conv2d>())
            init.kaiming_normal_(convolution.weight!);
        var network = Sequential(layers);
        var (images, labels) = Parity.Images();
        var optimizer = optim.Adam(network.parameters(), 1e-3);
        network.train();
        for (var step = 0; step < 60; step++)
        {
            using var inner = NewDisposeScope();
            var start = step % 8 * 64;
            optimizer.zero_grad();
            functional.cross_entropy(network.call(images.narrow(0, start, 64)), labels.narrow(0, start, 64)).backward();
            optimizer.step();
        }

        network.eval();
        return network;
    }

    static void Pass(Func<Tensor, Tensor> network, Tensor images, bool backward)
    {
        using var scope = NewDisposeScope();
        using var gradient = set_grad_enabled(backward);
        var leaf = images.clone().requires_grad_(backward);
        var logits = network(leaf);
        if (backward)
            logits.sum().backward();
    }

    /// <summary>
    /// Median milliseconds of each contender; they take turns, each calling for two milliseconds in a row.
    /// </summary>
    static double[] Medians(params Action[] contenders)
    {
        foreach (var contender in contenders)
            Milliseconds(contender, 3);
        int[] calls = [.. contenders.Select(contender => (int)Math.Ceiling(2 / Milliseconds(contender, 1)))];
        var times = contenders.Select(_ => new List<double>()).ToArray();
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed.TotalMilliseconds < MillisecondsPerPass * contenders.Length || times[0].Count < Turns)
        {
            for (var i = 0; i < contenders.Length; i++)
                times[i].Add(Milliseconds(contenders[i], calls[i]));
        }

        return [.. times.Select(all => all.Order().ElementAt(all.Count / 2))];
    }

    static double Milliseconds(Action action, int calls) => 1000 / (double)calls * Seconds(() =>
    {
        for (var i = 0; i < calls; i++)
            action();
    });

    static double Seconds(Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed.TotalSeconds;
    }

    /// <summary>A network in a class that no plan is made for.</summary>
    sealed class OwnForward : Module<Tensor, Tensor>
    {
        readonly Module<Tensor, Tensor> network;

        public OwnForward(Module<Tensor, Tensor> network) : base(nameof(OwnForward))
        {
            this.network = network;
            RegisterComponents();
            eval();
        }

        public override Tensor forward(Tensor images) => network.call(images);
    }
}
