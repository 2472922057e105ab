using System.CommandLine;
using TorchSharp;

namespace Ensembles.App;

/// <summary>What the command line of a run says.</summary>
/// <param name="parsed">The command line.</param>
public sealed class AppRun(ParseResult parsed)
{
    /// <summary>The folder of checkpoints, finished results and reports; see <see cref="Output"/>.</summary>
    internal static Option<DirectoryInfo> OutputOption { get; } = new("--output", "-o")
    {
        Description = "Folder for checkpoints, finished results and reports. A second start with the same settings "
            + "resumes from it.",
        DefaultValueFactory = _ => new DirectoryInfo("artifacts"),
        Recursive = true,
    };

    /// <summary>See <see cref="Seed"/>.</summary>
    internal static Option<int> SeedOption { get; } = new("--seed")
    {
        Description = "One seed reproduces a run bit for bit on one machine.",
        DefaultValueFactory = _ => 1,
        Recursive = true,
    };

    /// <summary>See <see cref="Device"/>.</summary>
    internal static Option<string> DeviceOption { get; } = MakeDevice();

    /// <summary>See <see cref="Json"/>.</summary>
    internal static Option<bool> JsonOption { get; } = new("--json")
    {
        Description = "Print the result as JSON and nothing else; progress goes to the error stream.",
        Recursive = true,
    };

    /// <summary>The command line, for a program's own options.</summary>
    public ParseResult Parsed => parsed;

    /// <summary>The folder of checkpoints, finished results and reports.</summary>
    /// <exception cref="ArgumentException">There is a file of that name.</exception>
    public string Output => parsed.GetRequiredValue(OutputOption).FullName is var folder && File.Exists(folder)
        ? throw new ArgumentException($"--output {folder} is a file, and what is written needs a folder: name another.")
        : folder;

    /// <summary>One seed reproduces a run bit for bit on one machine.</summary>
    public int Seed => parsed.GetValue(SeedOption);

    /// <summary>Whether the result is printed as JSON.</summary>
    public bool Json => parsed.GetValue(JsonOption);

    /// <summary>Where to compute.</summary>
    /// <exception cref="ArgumentException">CUDA was asked for and cannot be used.</exception>
    public torch.Device Device
    {
        get
        {
            var name = parsed.GetRequiredValue(DeviceOption);
            if (name == "cuda" && !torch.cuda.is_available())
                throw new ArgumentException(
                    "--device cuda: no CUDA GPU can be used. Build with -p:EnsemblesCuda=true on a machine with an "
                    + "NVIDIA GPU, or use --device cpu.");
            return torch.device(name);
        }
    }

    static Option<string> MakeDevice()
    {
        var device = new Option<string>("--device")
        {
            Description = "Where to compute: cpu or cuda.",
            DefaultValueFactory = _ => "cpu",
            Recursive = true,
        };
        device.AcceptOnlyFromAmong("cpu", "cuda");
        return device;
    }
}
