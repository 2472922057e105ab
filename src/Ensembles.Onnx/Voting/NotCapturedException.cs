namespace Ensembles.Onnx;

/// <summary>What cannot be written into a graph.</summary>
/// <param name="message">What and why, as a sentence.</param>
sealed class NotCapturedException(string message) : Exception(message);
