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
        new Apgd { Steps = 20, Loss = ApgdLoss.Dlr, Restarts = 2 },
        new ApgdTargeted { Steps = 20 },
        new MultiTargeted { Steps = 10 },
        new Fab { Steps = 15, Restarts = 2 },
        new FabTargeted { Steps = 15 },
    ];

    static readonly IAttack[] searching =
    [
        new UniformNoise { Tries = 5 },
        new UniformNoise { Tries = 20, Corners = true },
        new GaussianNoise { Tries = 5 },
        new Square { Queries = 60 },
        new Spsa { Steps = 15, Samples = 16 },
        new HopSkipJump { Steps = 6, FirstQueries = 50 },
    ];

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
            foreach (var attack in following.Concat(searching).Where(a => a.IsMinimalNorm))
            {
                foreach (var norm in attack.Norms)
                    data.Add(attack.Name, norm);
            }
            return data;
        }
    }

    /// <summary>Attacks that search a ball.</summary>
    public static TheoryData<string> Bounded => [.. following.Concat(searching).Where(a => !a.IsMinimalNorm).Select(a => a.Name)];

    public static TheoryData<string> All => [.. following.Concat(searching).Select(a => a.Name)];

    public static IAttack Named(string name) => following.Concat(searching).Single(a => a.Name == name);
}
