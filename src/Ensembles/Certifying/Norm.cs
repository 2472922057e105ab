namespace Ensembles;

/// <summary>The norm a perturbation is measured in.</summary>
public enum Norm
{
    /// <summary>The largest change of a pixel value.</summary>
    Linf,

    /// <summary>The Euclidean length of the change over all pixel values of an image.</summary>
    L2,

    /// <summary>The sum of the changes of all pixel values.</summary>
    L1,

    /// <summary>The number of pixels that change at all, in however many channels.</summary>
    L0,
}
