namespace Ensembles;

/// <summary>Compiles ensembles.</summary>
public static class EnsembleCompilation
{
    /// <summary>
    /// Makes a frozen inference plan that decides as the ensemble does now, faster. The caller disposes it; the
    /// ensemble is left as it is: what is tried and measured is a copy (see <see cref="CompiledEnsemble"/>).
    /// </summary>
    /// <param name="ensemble">The ensemble.</param>
    /// <param name="options">What the plan is made for.</param>
    /// <exception cref="ArgumentException">
    /// Options that make no sense, or an ensemble that cannot take images of their shape.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// A gate that is not calibrated, layers that do not compute what their module's forward does, or a component whose
    /// answer for an image depends on the other images of its batch.
    /// </exception>
    public static CompiledEnsemble Compile(this Ensemble ensemble, CompileOptions options) =>
        CompiledEnsemble.From(ensemble, options);
}
