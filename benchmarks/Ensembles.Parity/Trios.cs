using Ensembles;
using Ensembles.Attacks;
using Ensembles.Attacks.Tests;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

/// <summary>
/// What attacks leave of the 512 parity images on ensembles of three networks of the parity network's layers, for
/// comparison with what peers.py has MORA's authors' code and AutoAttack's leave of them.
/// </summary>
static class Trios
{
    const int Members = 3;

    static readonly WorkClock clock = WorkClock.For(CPU);

    static readonly (string Name, VotingRule Rule)[] rules =
    [
        ("softmax", VotingRule.From<MeanProbability>()),
        ("logits", VotingRule.From<MeanLogit>()),
        ("votes", VotingRule.From<MajorityVote>()),
        ("median", VotingRule.From<MedianLogit>()),
        ("maxmin", VotingRule.From<MaxMin>()),
    ];

    static readonly IAttack[] attacks =
        [new AutoAttack(), new Pgd { Restarts = 6 }, new Mora()];

    /// <summary>
    /// Prints how many images each attack leaves of each file's ensemble. A file holds the weights of three networks
    /// one after the other, each in the order of std.json.
    /// </summary>
    /// <param name="arguments">A rule, epsilon, files, and words that the names of the attacks contain.</param>
    public static void Print(string[] arguments)
    {
        var (rule, epsilon) = (rules.Single(r => r.Name == arguments[0]).Rule, double.Parse(arguments[1]));
        Console.WriteLine(
            "| ensemble | clean | attack | robust of 512 | images forward | backward | processor time, s |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        var (files, names) = (arguments[2..].Where(File.Exists), arguments[2..].Where(name => !File.Exists(name)));
        foreach (var file in files)
        {
            foreach (var attack in attacks.Where(attack => names.All(attack.Name.Contains)))
                Print(file, rule, attack, new ThreatModel(Norm.Linf, epsilon));
        }
    }

    static void Print(string file, VotingRule rule, IAttack attack, ThreatModel threat)
    {
        using var scope = NewDisposeScope();
        var surface = Surface(file, rule);
        var (images, labels) = Parity.Images();
        var before = clock.Milliseconds();
        using var result = attack.Run(surface, images, labels, threat, new AttackOptions { BatchSize = 512 });
        var seconds = (clock.Milliseconds() - before) / 1e3;
        long Right(Tensor shown)
        {
            using var output = surface.Evaluate(shown, 1);
            return output.Labels.eq(labels).sum().item<long>();
        }
        Console.WriteLine(FormattableString.Invariant(
            $"| {Path.GetFileName(file)} | {Right(images)} | {attack.Name} | {Right(result.Images)} ")
            + FormattableString.Invariant($"| {result.Forwards:N0} | {result.Backwards:N0} | {seconds:0.0} |"));
    }

    static AttackSurface Surface(string file, VotingRule rule)
    {
        var bytes = File.ReadAllBytes(file);
        var all = new float[bytes.Length / 4];
        Buffer.BlockCopy(bytes, 0, all, 0, bytes.Length);
        var start = 0;
        Component[] members = [.. Enumerable.Range(0, Members).Select(m =>
        {
            var network = Parity.Network();
            foreach (var parameter in network.parameters())
            {
                var count = (int)parameter.numel();
                using var values = tensor(all[start..(start + count)], parameter.shape);
                parameter.detach().copy_(values);
                start += count;
            }
            return new Component($"Member{m}", new Member(network));
        })];
        var weights = full(Members, 1f / Members);
        return AttackSurface.FromComponents(() => new Components(members, rule, weights, quorum: 1));
    }

    sealed class Member : Classifier, ILayered
    {
        readonly Module<Tensor, Tensor> network;

        public Member(Module<Tensor, Tensor> network) : base(nameof(Member))
        {
            this.network = network;
            RegisterComponents();
            eval();
        }

        public IReadOnlyList<Module<Tensor, Tensor>> Layers => [network];

        public override Tensor forward(Tensor images) => network.call(images);
    }
}
