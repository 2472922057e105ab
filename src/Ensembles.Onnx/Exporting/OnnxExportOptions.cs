namespace Ensembles.Onnx;

/// <summary>What goes into an exported file beside the ensemble.</summary>
public sealed record OnnxExportOptions
{
    /// <summary>Names of the K classes, in order; null for none.</summary>
    public IReadOnlyList<string>? ClassNames { get; init; }
}
