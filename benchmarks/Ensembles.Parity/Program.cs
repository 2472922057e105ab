using System.Text.Json;
using Ensembles;
using Ensembles.Attacks;
using Ensembles.Attacks.Tests;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

// Prints, as Markdown tables, what the attacks leave standing on the parity network beside what the peers left, and how
// near those get that look for the nearest image; for all cases or for those whose names contain the arguments. With
// "shares" how much of an attack's time the network takes, with "gradients" what plans make of it, with "times" what
// whole attacks take. See benchmarks/README.md.
if (Parity.Folder is null)
{
    Console.Error.WriteLine("The parity network is absent: set ENSEMBLES_PARITY to its folder.");
    return 1;
}
set_num_threads(1);
if (args is ["shares"])
{
    Shares.Print();
    return 0;
}
if (args is ["times", .. var named])
{
    Times.Print(named);
    return 0;
}
if (args is ["trios", .. var trios])
{
    Trios.Print(trios);
    return 0;
}
if (args is ["gradients"])
{
    Gradients.Print();
    return 0;
}

var pgd = new Pgd { StepSize = 0.01, RandomStart = false, Loss = AttackLoss.CrossEntropy };
var transfer = new Transfer
{
    Attack = pgd,
    Substitutes = [AttackSurface.FromClassifier(Parity.Network())],
    Members = false,
};
(string Case, IAttack Attack)[] runs =
[
    ("std/fgsm-eps0.1", new Fgsm { Loss = AttackLoss.CrossEntropy }),
    ("std/mifgsm10-eps0.1", new MiFgsm { Loss = AttackLoss.CrossEntropy }),
    ("std/pgd40-nors-eps0.1", pgd),
    ("std/pgd40-rs-eps0.1", pgd with { RandomStart = true }),
    ("std/apgd-ce-eps0.1", new Apgd { Restarts = 5 }),
    ("std/apgd-dlr-eps0.1", new Apgd { Restarts = 5, Loss = AttackLoss.Dlr }),
    ("std/apgd-t-eps0.1", new ApgdTargeted()),
    ("std/fab-t-eps0.1", new FabTargeted()),
    ("std/square1000-eps0.1", new Square { Queries = 1000 }),
    ("std/square5000-eps0.1", new Square { RescaleSchedule = false }),
    ("std/autoattack-eps0.1", new AutoAttack()),
    ("std+bit3/pgd40-nors-eps0.1", pgd),
    ("std+bit3/pgd40-nors-eps0.1/transfer-from-undefended", transfer),
    ("std+bit3/square1000-eps0.1", new Square { Queries = 1000 }),
    ("std+median3/pgd40-nors-eps0.1", pgd),
    ("std+median3/pgd40-nors-eps0.1/transfer-from-undefended", transfer),
    ("std+median3/square1000-eps0.1", new Square { Queries = 1000 }),
];
(string Case, IAttack Attack)[] nearest =
[
    ("std/deepfool-l2", new DeepFool()),
    ("std/ddn100-l2", new Ddn()),
    ("std/fmn100-l2", new Fmn()),
    ("std/cw-l2-b9-s200", new CarliniWagnerL2 { Steps = 200 }),
    ("std/cw-l2-b9-s1000", new CarliniWagnerL2()),
];

using var peers = JsonDocument.Parse(File.ReadAllText(Path.Combine(Parity.Folder, "peers.json")));
Console.WriteLine("| case | robust of 512, peers | ours | images forward, peers | ours | backward, ours |");
Console.WriteLine("|---|---|---|---|---|---|");
foreach (var (name, attack) in runs.Where(r => args.All(r.Case.Contains)))
{
    using var scope = NewDisposeScope();
    var network = Network(name.Split('/')[0]);
    var (images, labels) = Parity.Images();
    using var result = attack.Run(network, images, labels, new ThreatModel(Norm.Linf, 0.1));
    Console.WriteLine(
        $"| {name} | {Peers(name, "robust")} | {Robust(network, result.Images, labels)} "
        + $"| {Peers(name, "images_forwarded")} | {result.Forwards:N0} | {result.Backwards:N0} |");
}

Console.WriteLine();
Console.WriteLine(
    "| case | robust of 512, peers | ours | median L2, peers | ours | images forward, peers | ours | backward, ours |");
Console.WriteLine("|---|---|---|---|---|---|---|---|");
foreach (var (name, attack) in nearest.Where(r => args.All(r.Case.Contains)))
{
    using var scope = NewDisposeScope();
    var network = Parity.Network();
    var (images, labels) = Parity.Images();
    using var result = attack.Run(network, images, labels, ThreatModel.Unbounded(Norm.L2));
    // Images that are wrong as they are have no distance; the peers' medians leave them out too.
    double[] distances = [.. result.Distance.Where((d, i) => result.Success[i] && d > 0).Order()];
    var median = FormattableString.Invariant($"{distances[distances.Length / 2]:0.000}");
    Console.WriteLine(
        $"| {name} | {Peers(name, "robust")} | {Robust(network, result.Images, labels)} "
        + $"| {Peers(name, "success_l2_median", "0.000")} | {median} "
        + $"| {Peers(name, "images_forwarded")} | {result.Forwards:N0} | {result.Backwards:N0} |");
}
return 0;

static Module<Tensor, Tensor> Network(string name) => name switch
{
    "std+bit3" => new Behind(new StraightThroughBitDepth(3), Parity.Network()),
    "std+median3" => new Behind(new Median3(), Parity.Network()),
    _ => Parity.Network(),
};

// Judged on the images returned, not by the attack's own word.
static long Robust(Module<Tensor, Tensor> network, Tensor images, Tensor labels)
{
    using var _ = no_grad();
    return network.call(images).argmax(1).eq(labels).sum().item<long>();
}

// What peers that attack with full knowledge got, or the one a case names: one number, or the lowest and the highest.
string Peers(string name, string what, string format = "N0")
{
    double[] all = [.. peers.RootElement.EnumerateObject()
        .Where(p => p.Name == name || p.Name.StartsWith(name + "/", StringComparison.Ordinal))
        .Where(p => p.Name == name || (!p.Name.Contains("naive") && !p.Name.Contains("transfer")))
        .Where(p => p.Value.TryGetProperty(what, out _))
        .Select(p => p.Value.GetProperty(what).GetDouble())];
    string Text(double number) => number.ToString(format, System.Globalization.CultureInfo.InvariantCulture);
    return all.Length == 0 ? "" : all.Min() == all.Max() ? Text(all[0]) : $"{Text(all.Min())} to {Text(all.Max())}";
}
