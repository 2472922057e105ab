using System.CommandLine;
using Ensembles.Evaluation;

namespace Ensembles.App;

/// <summary>The commands of a program that work on reports it has made.</summary>
/// <param name="exportersOf">More forms that a run's reports are written in.</param>
sealed class ReportCommands(Func<AppRun, IReadOnlyList<IReportExporter>> exportersOf)
{
    readonly Argument<FileInfo> report = new("report") { Description = "A report.json." };

    readonly Argument<FileInfo> second = new("second") { Description = "The report.json to compare it with." };

    /// <summary>All of them.</summary>
    public IEnumerable<Command> All => [Render(), Compare()];

    Command Render()
    {
        var command = new Command("report", "Writes every form of a report again from its report.json.") { report };
        command.SetAction((parsed, cancellation) => Task.FromResult(new CommandRun(parsed, cancellation).Act(run =>
        {
            var path = parsed.GetRequiredValue(report).FullName;
            var read = ReportJson.Read(path);
            read.Write(Path.GetDirectoryName(path)!, exportersOf(run.Settings));
            run.Said(new MarkdownReport().Write(read), read);
            return run.Verdict(read.Result.Valid, robust: 1, floor: null);
        })));
        return command;
    }

    Command Compare()
    {
        var command = new Command(
            "compare", "Compares two reports, image by image: does the second withstand more than the first?")
        {
            report, second,
        };
        command.SetAction((parsed, cancellation) => Task.FromResult(new CommandRun(parsed, cancellation).Act(run =>
        {
            var comparison = ReportComparison.Of(
                ReportJson.Read(parsed.GetRequiredValue(report).FullName),
                ReportJson.Read(parsed.GetRequiredValue(second).FullName));
            run.Said($"{comparison}", comparison);
            return run.Verdict(comparison is { Before.Valid: true, After.Valid: true }, robust: 1, floor: null);
        })));
        return command;
    }
}
