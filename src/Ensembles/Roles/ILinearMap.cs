namespace Ensembles;

/// <summary>
/// A module whose <c>forward</c>, in evaluation mode, is linear: A x for images [N, C, H, W] of one size and nothing
/// added, each image by itself. Bounds for certificates then follow it exactly, |A| r for a radius r.
/// </summary>
/// <remarks>
/// It computes in the type of its input, and takes float64 too: that is how A is found, a column for each pixel value.
/// </remarks>
public interface ILinearMap;
