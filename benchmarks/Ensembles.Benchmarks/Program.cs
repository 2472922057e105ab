using System.Globalization;
using Ensembles.Benchmarks;
using static TorchSharp.torch;

// What is measured, and how: benchmarks/README.md.
set_num_threads(1);
switch (args)
{
    case ["ratios", .. var names]:
        Ratios.Print(names.FirstOrDefault(""));
        return 0;
    case ["compile", .. var names]:
        CompileTimes.Print(names.FirstOrDefault(""));
        return 0;
    case ["agreement"]:
        Agreement.Print();
        return 0;
    case ["memory", var forwards]
        when int.TryParse(forwards, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0:
        Memory.Print(count);
        return 0;
    case ["attack-memory", var batches]
        when int.TryParse(batches, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count > 0:
        AttackMemory.Print(count);
        return 0;
    case ["attacks"]:
        return AttackTimes.Print();
    case ["training"]:
        TrainingTimes.Print();
        return 0;
    case ["bounds"]:
        return BoundTimes.Print();
    case ["study"]:
        StudyTimes.Print();
        return 0;
    case ["generator"]:
        GeneratorTimes.Print();
        return 0;
    case ["graphs"]:
        GraphTimes.Print();
        return 0;
    case ["analyzer-project", var folder]:
        AnalyzerProject.Write(folder);
        return 0;
    default:
        Console.Error.WriteLine(
            "Say what to measure: ratios, compile, agreement, memory <forwards>, attack-memory <batches>, attacks, "
                + "training, bounds, study, generator, graphs, or analyzer-project <folder>.");
        return 1;
}
