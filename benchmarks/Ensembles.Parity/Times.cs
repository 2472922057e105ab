using System.Globalization;
using Ensembles;
using Ensembles.Attacks;
using Ensembles.Attacks.Tests;
using static TorchSharp.torch;

/// <summary>
/// Processor time of whole attacks on the 512 parity images, of the thread that attacks, torch's only one, for
/// comparison with peers' on the same machine: peers.py reads the same clock.
/// </summary>
static class Times
{
    static readonly WorkClock clock = WorkClock.For(CPU);

    /// <summary>Weights in the place of the parity network's; null for those.</summary>
    static float[]? weights;

    /// <summary>
    /// Prints the times of those attacks whose names contain all the words; with "adversarial" first, on a network of
    /// the same layers that was trained against a step from a random start, whose weights are written to a file, in the
    /// order of std.json, for peers to read.
    /// </summary>
    public static void Print(string[] names)
    {
        if (names is ["adversarial", var file, .. var rest])
        {
            weights = Trained();
            var bytes = new byte[4 * weights.Length];
            Buffer.BlockCopy(weights, 0, bytes, 0, bytes.Length);
            File.WriteAllBytes(file, bytes);
            names = rest;
        }

        (IAttack Attack, int Turns)[] attacks =
        [
            (new Fgsm { Loss = AttackLoss.CrossEntropy }, 20), (new Fgsm(), 20),
            (new Pgd { StepSize = 0.01, RandomStart = false, Loss = AttackLoss.CrossEntropy }, 7), (new Apgd(), 5),
            (new ApgdTargeted(), 3), (new FabTargeted(), 3), (new Square { RescaleSchedule = false }, 3),
            (new AutoAttack(), 3),
        ];
        Console.WriteLine($"Seconds: {clock.Words}");
        Console.WriteLine();
        Console.WriteLine("| attack | robust of 512 | median, s | least, s | first call, s |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var (attack, turns) in attacks.Where(a => names.All(a.Attack.Name.Contains)))
        {
            var seconds = new List<double>();
            var robust = 0;
            for (var turn = 0; turn <= turns; turn++)
                seconds.Add(Seconds(attack, out robust));
            var later = seconds.Skip(1).Order().ToArray();
            Console.WriteLine(string.Create(
                CultureInfo.InvariantCulture,
                $"| {attack.Name} | {robust} | {later[later.Length / 2]:0.000} | {later[0]:0.000} ")
                + string.Create(CultureInfo.InvariantCulture, $"| {seconds[0]:0.000} |"));
        }
    }

    /// <summary>
    /// The weights after 40 epochs over the 512 images, each shown a step of 0.125 from a random point of the ball of
    /// 0.1, so that most images survive to an attack's end.
    /// </summary>
    static float[] Trained()
    {
        using var scope = NewDisposeScope();
        using var generator = new Generator(1);
        var (images, labels) = Parity.Images();
        var network = Parity.Network();
        var optimizer = optim.Adam(network.parameters(), 1e-3);
        var ball = Ball.Create(new ThreatModel(Norm.Linf, 0.1));
        for (var step = 0; step < 40 * 8; step++)
        {
            using var inner = NewDisposeScope();
            var (clean, truth) = (images.narrow(0, step % 8 * 64, 64), labels.narrow(0, step % 8 * 64, 64));
            var start = ball.RandomPoint(clean, generator);
            var gradient = Ensembles.Numerics.InputGradient.Of(
                network, start, logits => nn.functional.cross_entropy(logits, truth, reduction: nn.Reduction.Sum));
            var shown = ball.Step(start, gradient, 0.125, clean);
            optimizer.zero_grad();
            nn.functional.cross_entropy(network.call(shown), truth).backward();
            optimizer.step();
        }
        return [.. network.parameters().SelectMany(Ensembles.Numerics.HostMemory.ReadFloats)];
    }

    static nn.Module<Tensor, Tensor> Network()
    {
        var network = Parity.Network();
        if (weights is null)
            return network;
        var offset = 0;
        foreach (var parameter in network.parameters())
        {
            var count = (int)parameter.numel();
            using var values = tensor(weights[offset..(offset + count)], parameter.shape);
            parameter.detach().copy_(values);
            offset += count;
        }
        return network;
    }

    static double Seconds(IAttack attack, out int robust)
    {
        using var scope = NewDisposeScope();
        var (images, labels) = Parity.Images();
        var network = Network();
        var before = clock.Milliseconds();
        using var result = attack.Run(network, images, labels, new ThreatModel(Norm.Linf, 0.1));
        robust = result.Success.Count(success => !success);
        return (clock.Milliseconds() - before) / 1e3;
    }
}
