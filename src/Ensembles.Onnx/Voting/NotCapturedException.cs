namespace Ensembles.Onnx;

/// <summary>What cannot be written into a graph.</summary>
/// <param name="message">What and why, as a sentence.</param>
/// <param name="component">The component it is about; null for the vote or the whole.</param>
sealed class NotCapturedException(string message, string? component = null) : Exception(message)
{
    /// <summary>The component it is about; null for the vote or the whole.</summary>
    public string? Component => component;
}
