using Ensembles;
using Ensembles.Attacks;
using Ensembles.Data;

namespace QuickStart;

/// <summary>What one run computes: everything that changes a number in its report.</summary>
/// <param name="Data">Where MNIST is; null for the embedded dataset.</param>
/// <param name="Output">Folder for checkpoints, finished results and the report of these settings.</param>
/// <param name="Seed">Seed of data, training and attacks.</param>
/// <param name="Device">"cpu" or "cuda".</param>
/// <param name="Budget">How much is computed.</param>
sealed record Settings(DataFolder? Data, string Output, int Seed, string Device, Budget Budget)
{
    /// <summary>The dataset's name in the report.</summary>
    public string Dataset => Data is null ? "embedded texture shapes" : "MNIST";

    /// <summary>The data in words.</summary>
    public string Description =>
        $"{Dataset}: {Budget.TrainingImages} training images, {Budget.ValidationImages} validation images, "
        + $"the first {Budget.TestImages} test images";

    /// <summary>The command that repeats the run anywhere.</summary>
    public string Command =>
        $"dotnet run --project examples/QuickStart -c Release --{(Data is null ? " --embedded" : " --data <folder>")}"
        + $"{(Budget == Budget.Long ? " --long" : "")} --seed {Seed}";

    /// <summary>
    /// What the attacker may change: Linf 0.05 on the embedded dataset, as strong as its textures; 0.3 on MNIST, as in
    /// the literature.
    /// </summary>
    public ThreatModel Threat => new(Norm.Linf, Data is null ? 0.05 : 0.3);

    /// <summary>
    /// The radius of adversarial training in Linf: that of the threat on MNIST, and more on the embedded dataset, where
    /// the smaller radius leaves networks that read textures after all.
    /// </summary>
    public double TrainingEpsilon => Data is null ? 0.08 : Threat.Epsilon;

    /// <summary>More radii for the curves.</summary>
    public IReadOnlyList<double> Epsilons => Data is null ? [0.025, 0.1] : [0.1, 0.2];

    /// <summary>
    /// The settings of a command line. Each combination of dataset, budget and seed has a folder of its own.
    /// </summary>
    /// <exception cref="ArgumentException">Options that exclude each other.</exception>
    /// <exception cref="DatasetException">The data folder is missing.</exception>
    public static Settings From(string? data, bool embedded, string output, bool thorough, int seed, string device)
    {
        if (embedded && data is not null)
            throw new ArgumentException("--embedded and --data exclude each other: leave one out.");
        var folder = embedded ? null : DataFolder.Find(data);
        var budget = thorough ? Budget.Long : Budget.Quick;
        var run = $"{(folder is null ? "embedded" : "mnist")}-{budget.Name}-seed{seed}";
        return new Settings(folder, Path.Combine(output, run), seed, device, budget);
    }
}
