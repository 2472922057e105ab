namespace Ensembles.Evaluation;

/// <summary>
/// A study's result with what a reader needs to interpret and repeat it: every form of the report is written from it.
/// </summary>
public sealed record RobustnessReport
{
    /// <summary>The report's title: "FiveStrengths on MNIST".</summary>
    public required string Title { get; init; }

    /// <summary>The data, for people: "MNIST, the first 1000 test images".</summary>
    public required string Dataset { get; init; }

    /// <summary>The command that makes this report on any machine, without local paths.</summary>
    public required string Command { get; init; }

    /// <summary>What the study found.</summary>
    public required AblationResult Result { get; init; }

    /// <summary>How long the work around the study took, such as training each member, in order.</summary>
    public IReadOnlyList<Timing> Timings { get; init; } = [];

    /// <summary>Names of the classes by label; empty to show the labels.</summary>
    public IReadOnlyList<string> ClassNames { get; init; } = [];

    /// <summary>
    /// Writes report.html, report.md, report.json and tables as CSV (accuracy, contributions, subsets, shares, gates,
    /// orthogonality, claims, images) into a folder, each completely or not at all.
    /// </summary>
    /// <param name="folder">The folder; it is created where it is missing.</param>
    /// <param name="exporters">More forms to write.</param>
    /// <exception cref="IOException">The folder cannot be written, or the disk is full.</exception>
    public void Write(string folder, params IReadOnlyList<IReportExporter> exporters)
    {
        Directory.CreateDirectory(folder);
        foreach (var exporter in exporters.Prepend(new MarkdownReport()))
            WriteText(exporter.FileName, exporter.Write(this));
        WriteText("report.json", ReportJson.Write(this));
        WriteText("accuracy.csv", ReportCsv.Accuracy(Result));
        WriteText("contributions.csv", ReportCsv.Contributions(Result));
        WriteText("claims.csv", ReportCsv.Claims(Result));
        WriteText("subsets.csv", ReportCsv.Subsets(Result));
        WriteText("shares.csv", ReportCsv.Shares(Result));
        WriteText("gates.csv", ReportCsv.Gates(Result));
        WriteText("orthogonality.csv", ReportCsv.Orthogonality(Result));
        WriteText("images.csv", ReportCsv.Images(Result));
        WriteText("report.html", HtmlReport.Write(this));

        void WriteText(string name, string text) => AtomicFile.Write(Path.Combine(folder, name), stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true);
            writer.Write(text);
        });
    }
}

/// <summary>How long something took.</summary>
/// <param name="What">What was done: "training Compact".</param>
/// <param name="Seconds">Wall-clock time.</param>
public sealed record Timing(string What, double Seconds);
