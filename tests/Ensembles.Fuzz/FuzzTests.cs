namespace Ensembles.Fuzz;

/// <summary>
/// Generator, analyzers and fixes survive whatever a person types, and never leave a declaration without code and
/// without an error. The long runs are a command, which README.md names.
/// </summary>
public class FuzzTests
{
    [Fact]
    public void Five_thousand_mutants_cause_no_exception_no_hang_and_no_silence() =>
        Assert.Equal([], new Fuzzer().Run(seed: 1, first: 0, count: 3_000));
}
