using System.Diagnostics;
using System.Reflection;
using System.Runtime.Intrinsics;
using System.Text.RegularExpressions;
using Ensembles.Evaluation;
using QuickStart.Tests;
using Xunit;
using static System.FormattableString;

// How far the figures of the quick start's suite move with the training seed, and whether the suite passes: a row a
// seed. Seeds are numbers on the command line, 1 to 10 by default. Each runs in a process of its own, since a suite
// runs its study once in a process. See benchmarks/README.md.
if (args is ["--one", var single])
{
    Console.WriteLine(Row(int.Parse(single)));
    return 0;
}

string[] settings =
[
    "DOTNET_PreferredVectorBitWidth",
    "DOTNET_EnableAVX512",
    "ATEN_CPU_CAPABILITY",
    "ONEDNN_MAX_CPU_ISA",
];
var set = settings
    .Select(name => (name, value: Environment.GetEnvironmentVariable(name)))
    .Where(s => s.value is not null);
Console.WriteLine($"512-bit vectors preferred by .NET: {Vector512.IsHardwareAccelerated}. "
    + string.Join(" ", set.Select(s => $"{s.name}={s.value}")));
Console.WriteLine();
Console.WriteLine(
    "| seed | clean | whole, own attack | with all images | robust in every draw | best member | adds | valid | failed "
        + "tests | seconds |");
Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
foreach (var seed in args.Length > 0 ? args : [.. Enumerable.Range(1, 10).Select(seed => Invariant($"{seed}"))])
{
    var self = new ProcessStartInfo(Environment.ProcessPath!, ["--one", seed]) { RedirectStandardOutput = true };
    using var child = Process.Start(self)!;
    Console.Write(child.StandardOutput.ReadToEnd());
    child.WaitForExit();
    if (child.ExitCode != 0)
        return child.ExitCode;
}
return 0;

static string Row(int seed)
{
    FiveStrengthsAblation.TrainingSeed = seed;
    FiveStrengthsAblation.TestImages = 60;
    var clock = Stopwatch.StartNew();
    var suite = new FiveStrengthsAblation();
    var result = (AblationResult)typeof(FiveStrengthsAblation)
        .GetProperty("Result", BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(suite)!;
    var tests = typeof(FiveStrengthsAblation).GetMethods()
        .Where(method => method.GetCustomAttribute<FactAttribute>() is not null);
    string[] failed = [.. tests.Where(test => !Passes(test, suite)).Select(test => test.Name)];
    string[] adds =
        [
            .. result.Contributions
                .Where(c => c.Verdict == Verdict.Adds)
                .Select(c => Invariant($"{c.Component} {100 * c.Lenient.Difference:+0}")),
        ];
    var strongest = result.Checks.Single(
        check => check.Name.StartsWith("the attack on the whole", StringComparison.Ordinal));
    var shares = Regex.Matches(strongest.Finding, @"[\d.]+%");
    var best = result.BestMember;
    string[] cells =
    [
        Invariant($"{seed}"), Percent(result.Whole.Clean.Value), shares[0].Value, shares[1].Value,
        Percent(result.Whole.At(result.Threat.Epsilon).Lenient.Value),
        $"{best.Member} {Percent(best.Lenient.Without.Value)}",
        string.Join(", ", adds), result.Valid ? "yes" : "no", string.Join(", ", failed),
        Invariant($"{clock.Elapsed.TotalSeconds:0}"),
    ];
    return $"| {string.Join(" | ", cells)} |";
}

static string Percent(double share) => Invariant($"{100 * share:0.0}%");

static bool Passes(MethodInfo test, FiveStrengthsAblation suite)
{
    try
    {
        test.Invoke(suite, null);
        return true;
    }
    catch (TargetInvocationException failure)
    {
        Console.Error.WriteLine($"{test.Name}: {failure.InnerException!.Message}");
        return false;
    }
}
