namespace Ensembles.Attacks.Tests;

/// <summary>Every attack of the library at a small budget, for the facts that hold of all of them.</summary>
static class Attacks
{
    static readonly IAttack[] following =
    [
        new Fgsm(),
        new Bim(),
        new MiFgsm(),
        new Pgd { Steps = 10, Restarts = 2 },
        new Apgd { Steps = 20 },
        new Apgd { Steps = 20, Loss = AttackLoss.Dlr, Restarts = 2 },
        new ApgdTargeted { Steps = 20 },
        new MultiTargeted { Steps = 10 },
        new Mora { Steps = 8, Targets = 2 },
        new Transfer { Attack = new Pgd { Steps = 10, Restarts = 2 } },
        new Fab { Steps = 15, Restarts = 2 },
        new FabTargeted { Steps = 15 },
        new CarliniWagnerL2 { Steps = 6, SearchSteps = 3 },
        new CarliniWagnerLinf { Steps = 15, Patience = 3 },
        new CarliniWagnerL0 { Steps = 5, Rounds = 4 },
        new Lbfgs { Steps = 6, SearchSteps = 3 },
        new DeepFool { Steps = 5 },
        new Ddn { Steps = 10 },
        new Fmn { Steps = 10 },
    ];

    /// <summary>
    /// Minimal-norm attacks with a budget that takes them all the way; under L0 see <see cref="CarliniWagnerL0Tests"/>.
    /// </summary>
    static readonly IAttack[] converging =
    [
        new Fab { Steps = 20, Restarts = 2 },
        new FabTargeted { Steps = 20 },
        new CarliniWagnerL2 { Steps = 100, SearchSteps = 5 },
        new CarliniWagnerLinf(),
        new Lbfgs { Steps = 30, SearchSteps = 12 },
        new DeepFool(),
        new Ddn(),
        new Fmn(),
    ];

    /// <summary>The same for those that look at the defense's labels alone.</summary>
    static readonly IAttack[] patient =
    [
        new Boundary { Steps = 300 },
        new HopSkipJump { Steps = 10, FirstQueries = 50 },
    ];

    static readonly IAttack[] searching =
    [
        new UniformNoise { Tries = 5 },
        new UniformNoise { Tries = 20, Corners = true },
        new GaussianNoise { Tries = 5 },
        new Square { Queries = 60 },
        new Spsa { Steps = 15, Samples = 16 },
        new Boundary { Steps = 40 },
        new HopSkipJump { Steps = 3, FirstQueries = 20 },
    ];

    /// <summary>Features are the pixels themselves.</summary>
    static readonly FeatureAttack matching = new()
    {
        Guides = new LabeledImages(
            Samples.Images(8, seed: 5), TorchSharp.torch.tensor(new long[] { 0, 1, 2, 3, 0, 1, 2, 3 }), 4),
        Features = new FunctionClassifier(images => images.flatten(1)),
        Steps = 5,
        Restarts = 2,
    };

    static IEnumerable<IAttack> Small => [.. following, .. searching, matching];

    /// <summary>Attacks that follow a gradient.</summary>
    public static TheoryData<string> Following => [.. following.Select(a => a.Name)];

    /// <summary>Attacks that only look at the defense's answers.</summary>
    public static TheoryData<string> Searching => [.. searching.Select(a => a.Name)];

    /// <summary>Attacks that look for the smallest perturbation, with each norm they know.</summary>
    public static TheoryData<string, Norm> Minimal
    {
        get
        {
            var data = new TheoryData<string, Norm>();
            foreach (var attack in converging.Concat(patient))
            {
                foreach (var norm in attack.Norms)
                    data.Add(attack.Name, norm);
            }
            return data;
        }
    }

    /// <summary>Attacks that search a ball.</summary>
    public static TheoryData<string> Bounded => [.. Small.Where(a => !a.IsMinimalNorm).Select(a => a.Name)];

    public static TheoryData<string> All => [.. Small.Select(a => a.Name)];

    /// <summary>
    /// Attacks that follow a gradient, with a budget that takes them to the edge of what they can reach.
    /// </summary>
    public static TheoryData<string> Reaching =>
        [.. following.Where(a => !a.IsMinimalNorm).Concat(converging).Select(a => a.Name)];

    public static IAttack Named(string name) => Small.Concat(converging).Concat(patient).Single(a => a.Name == name);

    /// <summary>
    /// A threat in the first norm an attack knows, on images of 16 pixels: of that radius under Linf, under the others
    /// as large as its corners are far.
    /// </summary>
    public static ThreatModel Threat(string attack, double epsilon) => Named(attack).Norms[0] switch
    {
        Norm.Linf => new ThreatModel(Norm.Linf, epsilon),
        Norm.L2 => new ThreatModel(Norm.L2, 4 * epsilon),
        var norm => new ThreatModel(norm, Math.Ceiling(16 * epsilon)),
    };
}
