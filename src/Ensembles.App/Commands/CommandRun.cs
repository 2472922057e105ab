using System.CommandLine;
using Ensembles.Evaluation;
using Spectre.Console;

namespace Ensembles.App;

/// <summary>A command while it runs: what it was asked, where it shows its progress, and what it says.</summary>
/// <param name="parsed">The command line.</param>
/// <param name="cancellation">Stops it.</param>
sealed class CommandRun(ParseResult parsed, CancellationToken cancellation)
{
    readonly TextWriter error = parsed.InvocationConfiguration.Error;

    /// <summary>The command line.</summary>
    public ParseResult Parsed => parsed;

    /// <summary>Seed, device and folder.</summary>
    public AppRun Settings { get; } = new(parsed);

    /// <summary>Stops it.</summary>
    public CancellationToken Cancellation => cancellation;

    /// <summary>How far it has come, on the error stream.</summary>
    public Steps Steps { get; } = new(ConsoleOf(parsed.InvocationConfiguration.Error));

    /// <summary>Where tables go.</summary>
    public IAnsiConsole Output { get; } = ConsoleOf(parsed.InvocationConfiguration.Output);

    /// <summary>Prints the result: as text, or as JSON where that was asked for.</summary>
    public int Said<T>(string text, T result)
    {
        parsed.InvocationConfiguration.Output.WriteLine(Settings.Json ? ReportJson.Of(result) : text);
        return ExitCodes.Done;
    }

    /// <summary>What to end with.</summary>
    public int Verdict(bool valid, double robust, Option<double?>? floor) =>
        !valid ? ExitCodes.Invalid
        : floor is not null && parsed.GetValue(floor) is { } least && robust < least ? ExitCodes.BelowFloor
        : ExitCodes.Done;

    /// <inheritdoc cref="Guarded"/>
    public int Act(Func<CommandRun, int> work) => Guarded(() => work(this));

    /// <summary>Does the work; what a user can mend is said in a line, anything else is a fault of ours.</summary>
    public int Guarded(Func<int> work)
    {
        try
        {
            return work();
        }
        catch (OperationCanceledException)
        {
            error.WriteLine("Stopped. What is done is kept; the same command resumes.");
            return ExitCodes.Stopped;
        }
        catch (Exception e) when (e is ArgumentException or IOException or InvalidDataException
            or InvalidOperationException or UnauthorizedAccessException)
        {
            error.WriteLine($"error: {e.Message}");
            return ExitCodes.Failed;
        }
    }

    static IAnsiConsole ConsoleOf(TextWriter writer) =>
        AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer) });
}
