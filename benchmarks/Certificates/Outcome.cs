using System.Text.Json;

namespace Ensembles.Benchmarks.Certificates;

/// <summary>What is proven of a network or an ensemble, beside what attacks leave; a file of the results folder.
/// </summary>
/// <param name="Name">The row of the table.</param>
/// <param name="Norm">The norm of the radii.</param>
/// <param name="Processor">Where it ran.</param>
/// <param name="Seconds">Processor time of certificates and attacks in this process.</param>
/// <param name="Certified">Test images that were certified, and those right and proven so far, by radius.</param>
/// <param name="Attacked">Test images that were attacked, and what of them is proven and stood, by radius.</param>
sealed record Outcome(
    string Name, string Norm, string Processor, double Seconds, Curve Certified, IReadOnlyList<Attacked> Attacked)
{
    static readonly JsonSerializerOptions options = new() { WriteIndented = true };

    public static string FileOf(string folder, string name) =>
        Path.Combine(folder, $"{name.Replace(",", "", StringComparison.Ordinal).Replace(' ', '-')}.json");

    /// <exception cref="JsonException">The file is damaged: delete it, and it is made anew.</exception>
    public static Outcome? Read(string file) =>
        File.Exists(file) ? JsonSerializer.Deserialize<Outcome>(File.ReadAllText(file), options) : null;

    public void Write(string file) =>
        AtomicFile.Write(file, stream => JsonSerializer.Serialize(stream, this, options));
}

/// <summary>How many images are right and proven so up to each radius.</summary>
sealed record Curve(int Images, IReadOnlyList<double> Radii, IReadOnlyList<int> Right);

/// <summary>What stood of the first images under attack at a radius, and what of the same images is proven.</summary>
sealed record Attacked(double Radius, int Images, int Proven, int Stood, IReadOnlyList<string> Invalid);
