using System.Globalization;
using Ensembles.Attacks;
using Ensembles.Attacks.Tests;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Benchmarks;

/// <summary>
/// Processor time of PGD-40 with attack plans and without, on residual networks with a forward of their own and on the
/// parity network. Both take turns in one process on one thread, an attack each.
/// </summary>
static class AttackTimes
{
    const int Turns = 7;

    /// <summary>Too small a radius to break images of an untrained network, so that all stay for all steps.</summary>
    const double Small = 1e-5;

    static readonly WorkClock clock = WorkClock.For(CPU);

    public static int Print()
    {
        if (Parity.Folder is null)
        {
            Console.Error.WriteLine("The parity network is absent: set ENSEMBLES_PARITY to its folder.");
            return 1;
        }

        Console.WriteLine($"{Hardware.Name()}, {clock.Words}\n");
        Console.WriteLine(
            "| network | images | without plans, s | with plans, s | times faster "
                + "| images forward, backward, and robust in the end, without plans | with plans |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var (width, counts) in new (int, int[])[] { (16, [1, 8, 32]), (64, [1, 8]) })
        {
            foreach (var count in counts)
                OfResNet(width, count);
        }

        using var parity = NewDisposeScope();
        var (digits, labels) = Parity.Images();
        Row("parity network", Parity.Network(), digits, labels, 0.1);
        return 0;
    }

    /// <summary>An untrained network, and the labels that it decides on.</summary>
    static void OfResNet(int width, int count)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var network = new OwnResNet18(3, width);
        network.eval();
        var images = rand(count, 3, 32, 32);
        Tensor labels;
        using (no_grad())
            labels = network.call(images).argmax(1);
        Row(width == 64 ? "ResNet-18" : $"ResNet-18 of width {width}", network, images, labels, Small);
    }

    static void Row(string name, Module<Tensor, Tensor> network, Tensor images, Tensor labels, double radius)
    {
        using var alone = new WithoutGraph(network);
        var attack = new Pgd();
        var (eager, planned) = (new List<double>(), new List<double>());
        var (eagerDone, plannedDone) = (Attack(alone), Attack(network));
        for (var turn = 0; turn < Turns; turn++)
        {
            eager.Add(Seconds(alone, out eagerDone));
            planned.Add(Seconds(network, out plannedDone));
        }

        var ratios = eager.Zip(planned, (one, other) => one / other).Order().ToArray();
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| {name} | {images.size(0)} | {Median(eager):f3} | {Median(planned):f3} | "
                + $"{ratios[Turns / 2]:f2} ({ratios[0]:f2} to {ratios[^1]:f2}) | "
                + $"{Words(eagerDone)} | {Words(plannedDone)} |"));

        double Seconds(Module<Tensor, Tensor> victim, out (long Forwards, long Backwards, int Robust) done)
        {
            var start = clock.Milliseconds();
            done = Attack(victim);
            return (clock.Milliseconds() - start) / 1e3;
        }

        (long Forwards, long Backwards, int Robust) Attack(Module<Tensor, Tensor> victim)
        {
            using var result = attack.Run(victim, images, labels, new ThreatModel(Norm.Linf, radius));
            return (result.Forwards, result.Backwards, result.Success.Count(success => !success));
        }
    }

    static string Words((long Forwards, long Backwards, int Robust) done) =>
        $"{done.Forwards}, {done.Backwards}, {done.Robust}";

    static double Median(List<double> seconds) => seconds.Order().ElementAt(seconds.Count / 2);

    /// <summary>A network in a class that nobody reads, so that no plan is made for it.</summary>
    sealed class WithoutGraph : Module<Tensor, Tensor>
    {
        readonly Module<Tensor, Tensor> network;

        public WithoutGraph(Module<Tensor, Tensor> network) : base(nameof(WithoutGraph))
        {
            this.network = network;
            register_module("network", network);
            eval();
        }

        public override Tensor forward(Tensor images) => network.call(images);
    }
}
