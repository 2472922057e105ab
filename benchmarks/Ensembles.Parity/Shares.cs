using System.Diagnostics;
using System.Globalization;
using Ensembles;
using Ensembles.Attacks;
using Ensembles.Attacks.Tests;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

/// <summary>
/// How much of an attack's time is spent inside the network's own passes, forward and backward, measured while the
/// attack runs; and the same passes, of as many images, without an attack around them.
/// </summary>
static class Shares
{
    const int Turns = 5;

    public static void Print()
    {
        Console.WriteLine(
            "| attack | images at once | passes | images forward | attack, s | inside the network, s | share "
            + "| the passes alone, s |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|");
        var pgd = new Pgd { StepSize = 0.01, RandomStart = false };
        var (apgd, square) = (new Apgd(), new Square { Queries = 1000 });
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
        var timed = new Timed(network);
        timed.eval();
        Attack();
        var passes = timed.Passes.ToList();

        List<double> whole = [], inside = [], alone = [];
        for (var turn = 0; turn < Turns; turn++)
        {
            timed.Inside.Reset();
            whole.Add(Seconds(Attack));
            inside.Add(timed.Inside.Elapsed.TotalSeconds);
            alone.Add(
                Seconds(() => passes.ForEach(pass => Pass(network, images.narrow(0, 0, pass.Images), pass.Backward))));
        }
        var share = Median(inside.Zip(whole, (part, all) => part / all));
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {size} | {passes.Count:N0} | {passes.Sum(pass => pass.Images):N0} ")
            + string.Create(
                CultureInfo.InvariantCulture,
                $"| {Median(whole):f2} | {Median(inside):f2} | {share:p0} | {Median(alone):f2} |"));

        void Attack() =>
            attack.Run(
                timed, images, labels, new ThreatModel(Norm.Linf, 0.1),
                new AttackOptions { BatchSize = size }).Dispose();
    }

    static double Median(IEnumerable<double> values) => values.Order().ElementAt(Turns / 2);

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

    /// <summary>
    /// Notes how many images come and whether a gradient is asked for, and how long the network takes: backward from
    /// when a gradient reaches its logits until it reaches its images.
    /// </summary>
    sealed class Timed : Module<Tensor, Tensor>
    {
        readonly Module<Tensor, Tensor> network;

        public Timed(Module<Tensor, Tensor> network) : base(nameof(Timed))
        {
            this.network = network;
            RegisterComponents();
        }

        public List<(long Images, bool Backward)> Passes { get; } = [];

        public Stopwatch Inside { get; } = new();

        public override Tensor forward(Tensor images)
        {
            Passes.Add((images.size(0), images.requires_grad));
            var shown = images.requires_grad ? OnTheWayBack.Do(Inside.Stop, images) : images.alias();
            Inside.Start();
            var logits = network.call(shown);
            Inside.Stop();
            return images.requires_grad ? OnTheWayBack.Do(Inside.Start, logits) : logits;
        }
    }

    /// <summary>The identity, which does something when a gradient passes it.</summary>
    sealed class OnTheWayBack : autograd.SingleTensorFunction<OnTheWayBack>
    {
        const string Action = "action";

        public override string Name => nameof(OnTheWayBack);

        public static Tensor Do(Action action, Tensor values) => apply(values, action);

        public override Tensor forward(autograd.AutogradContext context, params object[] arguments)
        {
            context.save_data(Action, arguments[1]);
            return ((Tensor)arguments[0]).alias();
        }

        public override List<Tensor> backward(autograd.AutogradContext context, Tensor gradient)
        {
            ((Action)context.get_data(Action))();
            return [gradient.alias(), null!];
        }
    }
}
