namespace Ensembles.Attacks;

/// <summary>
/// The gradient an attack follows is zero on every image it still has to break: the defense shatters or masks it, and
/// a robust-looking result would only say that the attack did not work.
/// </summary>
public sealed class ZeroGradientException(string message) : InvalidOperationException(message);
