using System.CommandLine;
using System.Diagnostics;
using Ensembles.Fuzz;

var mutants =
    new Option<int>("--mutants") { Description = "How many mutants to check.", DefaultValueFactory = _ => 100_000 };
var seed = new Option<int>("--seed") { Description = "Which mutants: the tests use 1.", DefaultValueFactory = _ => 2 };
var first = new Option<int>(
    "--first") { Description = "The number of the first mutant. With --mutants 1 this checks one again." };
var thorough = new Option<int>(
    "--thorough-every") { Description = "Every so many mutants one is compiled in full and gets its fixes applied.",
    DefaultValueFactory = _ => 100 };

var command = new RootCommand(
    "Mutates the examples and runs generator, analyzers and fixes on the mutants.") { mutants, seed, first, thorough };
command.SetAction(arguments =>
{
    var (count, watch) = (arguments.GetValue(mutants), Stopwatch.StartNew());
    var failures = new Fuzzer
    {
        ThoroughEvery = arguments.GetValue(thorough),
        Progress = done =>
        {
            if (done % 1000 == 0 || done == count)
                Console.WriteLine(
                    $"{done} mutants, {watch.Elapsed.TotalSeconds:F0} s, {watch.Elapsed.TotalMilliseconds / done:F1} "
                    + $"ms each");
        },
    }.Run(arguments.GetValue(seed), arguments.GetValue(first), count);

    foreach (var failure in failures)
        Console.WriteLine(failure);
    Console.WriteLine($"{failures.Count} failed");
    return failures.Count == 0 ? 0 : 1;
});
return command.Parse(args).Invoke();
