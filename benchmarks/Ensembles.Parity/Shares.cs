using System.Diagnostics;
using System.Globalization;
using Ensembles.Attacks;
using Ensembles.Attacks.Tests;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

/// <summary>How much of an attack's time the network's own passes are: the same passes, of as many images, without an attack around them.</summary>
static class Shares
{
    const int Turns = 5;

    public static void Print()
    {
        Console.WriteLine("| attack | images at once | passes | images forward | attack, s | its passes alone, s | share |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        var (pgd, apgd, square) = (new Pgd { StepSize = 0.01, RandomStart = false }, new Apgd(), new Square { Queries = 1000 });
        foreach (var size in new[] { 128, 512 })
        {
            Print("PGD-40", pgd, Parity.Network(), size);
            Print("APGD-CE", apgd, Parity.Network(), size);
            Print("Square-1000", square, Parity.Network(), size);
        }
        Print("PGD-40 on eight copies of the network", pgd, new Copies(8), 128);
        Print("APGD-CE on eight copies of the network", apgd, new Copies(8), 128);
    }

    static void Print(string name, IAttack attack, Module<Tensor, Tensor> network, int size)
    {
        using var scope = NewDisposeScope();
        var (images, labels) = Parity.Images();
        network.eval();
        var counting = new Counting(network);
        counting.eval();
        Attack(counting);
        var passes = counting.Passes.ToList();

        var (whole, alone) = (new List<double>(), new List<double>());
        for (var turn = 0; turn < Turns; turn++)
        {
            whole.Add(Seconds(() => Attack(network)));
            alone.Add(Seconds(() => passes.ForEach(pass => Pass(network, images.narrow(0, 0, pass.Images), pass.Backward))));
        }
        whole.Sort();
        alone.Sort();
        var (attackTime, passTime) = (whole[Turns / 2], alone[Turns / 2]);
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {size} | {passes.Count:N0} | {passes.Sum(pass => pass.Images):N0} | {attackTime:f2} | {passTime:f2} | {passTime / attackTime:p0} |"));

        void Attack(Module<Tensor, Tensor> victim) =>
            attack.Run(victim, images, labels, new ThreatModel(Norm.Linf, 0.1), new AttackRun { BatchSize = size }).Dispose();
    }

    static void Pass(Module<Tensor, Tensor> network, Tensor images, bool backward)
    {
        using var scope = NewDisposeScope();
        using var gradient = set_grad_enabled(backward);
        foreach (var parameter in network.parameters())
            parameter.requires_grad = false;
        var leaf = images.clone().requires_grad_(backward);
        var logits = network.call(leaf);
        if (backward)
            logits.sum().backward();
    }

    static double Seconds(Action action)
    {
        var watch = Stopwatch.StartNew();
        action();
        return watch.Elapsed.TotalSeconds;
    }

    /// <summary>The mean of the same network's logits: its decisions, at so many times the work.</summary>
    sealed class Copies : Module<Tensor, Tensor>
    {
        readonly TorchSharp.Modules.ModuleList<Module<Tensor, Tensor>> networks;

        public Copies(int count) : base(nameof(Copies))
        {
            networks = ModuleList([.. Enumerable.Range(0, count).Select(_ => Parity.Network())]);
            RegisterComponents();
        }

        public override Tensor forward(Tensor images)
        {
            using var scope = NewDisposeScope();
            return stack(networks.Select(network => network.call(images))).mean([0]).MoveToOuterDisposeScope();
        }
    }

    /// <summary>Notes how many images come, and whether a gradient is asked for.</summary>
    sealed class Counting(Module<Tensor, Tensor> network) : Module<Tensor, Tensor>(nameof(Counting))
    {
        public List<(long Images, bool Backward)> Passes { get; } = [];

        public override Tensor forward(Tensor images)
        {
            Passes.Add((images.size(0), images.requires_grad));
            return network.call(images);
        }
    }
}
