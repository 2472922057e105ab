using System.CommandLine;
using QuickStart;
using Spectre.Console;

var data = new Option<DirectoryInfo?>("--data")
{
    Description = "Folder with MNIST's IDX files, or with a folder mnist that holds them. Default: the environment "
        + "variable ENSEMBLES_DATA; without it the embedded dataset.",
};
var embedded = new Option<bool>("--embedded")
{
    Description = "Use the embedded dataset even where ENSEMBLES_DATA is set.",
};
var output = new Option<DirectoryInfo>("--output")
{
    Description = "Folder for checkpoints, finished results and the report. A second start with the same settings "
        + "resumes from it.",
    DefaultValueFactory = _ => new DirectoryInfo(Path.Combine("artifacts", "quickstart")),
};
var thorough = new Option<bool>("--long")
{
    Description = "A longer run: more training and test images, more steps of training and of the attack. Half an "
        + "hour and more for MNIST.",
};
var seed = new Option<int>("--seed")
{
    Description = "One seed reproduces a run bit for bit on one machine.",
    DefaultValueFactory = _ => 1,
};
var device = new Option<string>("--device")
{
    Description = "Where to compute: cpu or cuda.",
    DefaultValueFactory = _ => "cpu",
};
device.AcceptOnlyFromAmong("cpu", "cuda");

var command = new RootCommand(
    "Declares the paper's example ensemble of defenses, trains it, attacks it with full knowledge, ablates it and "
    + "reports what each member is worth.")
{
    data, embedded, output, thorough, seed, device,
};
command.SetAction(async (arguments, cancellation) =>
{
    try
    {
        var settings = Settings.From(
            arguments.GetValue(data)?.FullName,
            arguments.GetValue(embedded),
            arguments.GetRequiredValue(output).FullName,
            arguments.GetValue(thorough),
            arguments.GetValue(seed),
            arguments.GetRequiredValue(device));
        await Task.Run(() => new Workflow(settings, AnsiConsole.Console).Run(cancellation), CancellationToken.None);
        return 0;
    }
    catch (OperationCanceledException)
    {
        AnsiConsole.MarkupLine("[yellow]Stopped.[/] What is done is kept; the same command resumes.");
        return 130;
    }
    catch (Exception e) when (e is ArgumentException or IOException or InvalidDataException
        or InvalidOperationException or UnauthorizedAccessException)
    {
        Console.Error.WriteLine($"error: {e.Message}");
        return 1;
    }
});

// After Ctrl+C a step in native code may take a moment to come back; finished work is on disk already.
var invocation = new InvocationConfiguration { ProcessTerminationTimeout = TimeSpan.FromSeconds(30) };
return await command.Parse(args).InvokeAsync(invocation);
