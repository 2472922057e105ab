using System.CommandLine;

namespace Ensembles.App;

/// <summary>
/// Makes a program of an ensemble in a line:
/// <c>return await EnsembleApp.Run&lt;FiveStrengths&gt;(args, setup);</c>. Its commands are <c>train</c>,
/// <c>attack</c>, <c>ablate</c>, <c>claims</c>, <c>search</c>, <c>report</c> and <c>compare</c>; without one it
/// ablates.
/// </summary>
/// <remarks>
/// Every command resumes: networks from their checkpoints, attacks from their finished units. Results go to the output
/// stream, as JSON with <c>--json</c>, and progress to the error stream. <see cref="ExitCodes"/> lists what it ends
/// with. Completions of the shell are System.CommandLine's (<c>dotnet-suggest</c>).
/// </remarks>
public static class EnsembleApp
{
    /// <summary>Runs a program whose setup does not depend on its command line.</summary>
    /// <typeparam name="TEnsemble">The ensemble.</typeparam>
    /// <param name="args">The command line.</param>
    /// <param name="setup">Data, training, threat and attacks.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static Task<int> Run<TEnsemble>(string[] args, EnsembleSetup<TEnsemble> setup) where TEnsemble : Ensemble =>
        Run(args, _ => setup);

    /// <summary>Runs a program with options of its own.</summary>
    /// <typeparam name="TEnsemble">The ensemble.</typeparam>
    /// <param name="args">The command line.</param>
    /// <param name="setup">Makes the setup of a run: of its seed, its folder and the program's own options.</param>
    /// <param name="options">The program's own options; <see cref="AppRun.Parsed"/> has their values.</param>
    /// <returns>One of <see cref="ExitCodes"/>.</returns>
    public static Task<int> Run<TEnsemble>(
        string[] args, Func<AppRun, EnsembleSetup<TEnsemble>> setup, params Option[] options)
        where TEnsemble : Ensemble =>
        // After Ctrl+C a step in native code may take a moment to come back; finished work is on disk already.
        Run(args, setup, options, new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) });

    /// <summary>Runs a program with its streams in other places, for tests.</summary>
    internal static async Task<int> Run<TEnsemble>(
        string[] args, Func<AppRun, EnsembleSetup<TEnsemble>> setup, Option[] options, InvocationConfiguration streams,
        CancellationToken cancellation = default)
        where TEnsemble : Ensemble
    {
        var commands = new EnsembleCommands<TEnsemble>(setup);
        var root = new RootCommand(
            $"{typeof(TEnsemble).Name}: trains the ensemble, attacks it with full knowledge, and says what each of its "
            + "components is worth.");
        foreach (var option in (Option[])
            [AppRun.OutputOption, AppRun.SeedOption, AppRun.DeviceOption, AppRun.JsonOption, .. options])
        {
            option.Recursive = true;
            root.Options.Add(option);
        }

        foreach (var command in commands.All.Concat(new ReportCommands(run => setup(run).Exporters).All))
            root.Subcommands.Add(command);
        root.SetAction((parsed, cancellation) =>
            Task.Run(() => commands.Default(parsed, cancellation), CancellationToken.None));
        var parsed = root.Parse(args);
        var code = await parsed.InvokeAsync(streams, cancellation);
        return parsed.Errors.Count > 0 ? ExitCodes.Usage : code;
    }
}
