namespace Ensembles.Evaluation;

/// <summary>A form that a report is written in: implement it to add one of your own.</summary>
public interface IReportExporter
{
    /// <summary>The file's name in the report's folder, for example "report.md".</summary>
    string FileName { get; }

    /// <summary>The file's text.</summary>
    string Write(RobustnessReport report);
}
