namespace Ensembles.CudaCheck;

/// <summary>
/// A plan whose networks are called one by one, and one that is a single TorchScript function, where there is one: what
/// `Compile` chooses from.
/// </summary>
static class TwoPlans
{
    /// <summary>The plans, with the same choices otherwise.</summary>
    /// <param name="ensemble">The ensemble.</param>
    /// <param name="options">Options; choices that they lack are measured.</param>
    public static IEnumerable<CompiledEnsemble> Of(Ensemble ensemble, CompileOptions options)
    {
        var chosen = ensemble.Compile(options);
        yield return chosen;
        var other = ensemble.Compile(
            options with { Choices = chosen.Choices with { OneScript = !chosen.Choices.OneScript } });
        if (other.Choices.OneScript == chosen.Choices.OneScript)
            other.Dispose();
        else
            yield return other;
    }

    /// <summary>How its members run.</summary>
    public static string Members(CompiledEnsemble plan) => plan.Choices.OneScript ? "one function" : "one by one";
}
