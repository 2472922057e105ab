namespace Ensembles;

/// <summary>How a network computes its convolutions.</summary>
enum ConvolutionPath
{
    /// <summary>By torch, in its default layout.</summary>
    Plain,

    /// <summary>By torch, with the channels of a pixel beside each other in memory.</summary>
    ChannelsLast,

    /// <summary>
    /// Under attack: fused with what follows where that is possible, else channels last.
    /// </summary>
    Fused,

    /// <summary>By the module's own forward, on a copy of it; plain where there is none.</summary>
    Own,
}
