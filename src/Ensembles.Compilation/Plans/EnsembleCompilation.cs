namespace Ensembles;

/// <summary>Compiles ensembles.</summary>
public static class EnsembleCompilation
{
    /// <summary>
    /// Makes a frozen inference plan that decides as the ensemble does now, faster. The caller disposes it; the
    /// ensemble is left as it is.
    /// </summary>
    /// <param name="ensemble">The ensemble.</param>
    /// <param name="options">What the plan is made for.</param>
    /// <exception cref="ArgumentException">
    /// Options that make no sense, or an ensemble that cannot take images of their shape.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// A gate that is not calibrated, or layers that do not compute what their module's forward does.
    /// </exception>
    public static CompiledEnsemble Compile(this Ensemble ensemble, CompileOptions options) =>
        CompiledEnsemble.From(ensemble, options);
}
