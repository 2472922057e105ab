namespace Ensembles;

/// <summary>What keeps the activations of a network in range while it is trained.</summary>
public enum Normalization
{
    /// <summary>Batch normalisation: each channel to mean 0 and deviation 1 over the batch.</summary>
    Batch,

    /// <summary>
    /// None, with the initial weights of Fixup (Zhang et al. 2019): every residual branch starts as zero and has scalar
    /// biases and a scalar factor. A network without residual branches has nothing of it.
    /// </summary>
    Fixup,

    /// <summary>None, with He's initial weights (He et al. 2015).</summary>
    None,
}
