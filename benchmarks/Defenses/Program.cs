using System.Globalization;
using Ensembles.Benchmarks;
using Ensembles.Benchmarks.Defenses;
using Ensembles.Data;
using static TorchSharp.torch;

// Every trained defense on one data set, attacked; see README.md. A method and seed that has a file in the results
// folder is not run again, and a run that was killed goes on where it was.
var arguments = Hardware.Choose(args);
if (arguments is not [var name, var command, .. var rest] || Find(name) is not { } setting)
    return Usage();
var results = Path.Combine("benchmarks", "Defenses", "results", setting.Name);
switch (command)
{
    case "table" when rest.Length == 0:
        Table.Print(setting, results);
        return 0;
    case "detector-table" when rest.Length == 0:
        DetectorTable.Print(setting, Path.Combine(results, "detectors"));
        return 0;
    case "run" when rest is [var seeds, var work, .. var names]:
        set_num_threads(1);
        return Run(setting, Seeds(seeds), work, names);
    case "detectors" when rest is [var seeds, var work, .. var names]:
        set_num_threads(1);
        return RunDetectors(setting, Seeds(seeds), work, names);
    case "mix" when rest is [var seeds, var work, .. var names]:
        set_num_threads(1);
        return RunMixes(setting, Seeds(seeds), work, names);
    default:
        return Usage();
}

int Run(Setting setting, int[] seeds, string work, string[] names)
{
    if (DataFolder.Find() is not { } data)
    {
        Console.Error.WriteLine($"Set {DataFolder.Variable} to the folder that holds the images.");
        return 1;
    }

    string[] wanted = names.Length > 0 ? names : [.. setting.Methods ?? Method.All.Select(method => method.Name)];
    if (wanted.Except(Method.All.Select(method => method.Name)).FirstOrDefault() is { } unknown)
    {
        Console.Error.WriteLine($"There is no method {unknown}; benchmarks/Defenses/Method.cs names them.");
        return 1;
    }

    Directory.CreateDirectory(results);
    var measurement = new Measurement(setting, data, work);
    foreach (var seed in seeds)
    {
        foreach (var method in Method.All.Where(method => wanted.Contains(method.Name)))
        {
            var file = Outcome.FileOf(results, method.Name, seed);
            if (Outcome.Read<Outcome>(file) is null)
                Outcome.Write(file, measurement.Of(method, seed));
        }
    }

    return 0;
}

int RunDetectors(Setting setting, int[] seeds, string work, string[] names)
{
    if (DataFolder.Find() is not { } data)
    {
        Console.Error.WriteLine($"Set {DataFolder.Variable} to the folder that holds the images.");
        return 1;
    }

    string[] wanted = names.Length > 0 ? names : [.. DetectorMethod.All.Select(method => method.Name)];
    if (wanted.Except(DetectorMethod.All.Select(method => method.Name)).FirstOrDefault() is { } unknown)
    {
        Console.Error.WriteLine(
            $"There is no detector {unknown}; benchmarks/Defenses/DetectorMethod.cs names them.");
        return 1;
    }

    var folder = Directory.CreateDirectory(Path.Combine(results, "detectors")).FullName;
    var measurement = new DetectorMeasurement(setting, data, work);
    foreach (var seed in seeds)
    {
        foreach (var method in DetectorMethod.All.Where(method => wanted.Contains(method.Name)))
        {
            var file = Outcome.FileOf(folder, method.Name, seed);
            if (Outcome.Read<DetectorOutcome>(file) is null)
                Outcome.Write(file, measurement.Of(method, seed));
        }
    }

    return 0;
}

int RunMixes(Setting setting, int[] seeds, string work, string[] names)
{
    if (DataFolder.Find() is not { } data)
    {
        Console.Error.WriteLine($"Set {DataFolder.Variable} to the folder that holds the images.");
        return 1;
    }

    var folder = Directory.CreateDirectory(Path.Combine(results, "mixes")).FullName;
    var measurement = new MixMeasurement(setting, data, work);
    foreach (var seed in seeds)
    {
        foreach (var name in MixMeasurement.Names.Where(name => names.Length == 0 || names.Contains(name)))
        {
            var file = Outcome.FileOf(folder, name, seed);
            if (Outcome.Read<Outcome>(file) is null)
                Outcome.Write(file, measurement.Of(name, seed));
        }
    }

    return 0;
}

static Setting? Find(string name) =>
    new[] { Setting.Mnist, Setting.Cifar10 }.FirstOrDefault(setting => setting.Name == name);

static int[] Seeds(string text) =>
    [.. text.Split(',').Select(seed => int.Parse(seed, NumberStyles.None, CultureInfo.InvariantCulture))];

static int Usage()
{
    Console.Error.WriteLine(
        "In the repository's root: mnist|cifar10 run|detectors|mix <seeds, as 1,2,3> <folder for checkpoints> "
            + "[methods] [--cuda], or mnist|cifar10 table|detector-table.");
    return 1;
}
