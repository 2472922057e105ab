using static TorchSharp.torch;

namespace Ensembles;

/// <summary>What a plan decides by, on images that have been checked and are where the plan is.</summary>
interface IDecisions : IDisposable
{
    /// <summary>M.</summary>
    int MemberCount { get; }

    /// <summary>G.</summary>
    int GateCount { get; }

    /// <summary>K.</summary>
    long Classes { get; }

    /// <summary>Whether batches must not be split: what is in it may compare the images of a batch.</summary>
    bool NeedsWholeBatch { get; }

    /// <summary>Decides on images [N, C, H, W], N at least 1; several threads may call it at once.</summary>
    Decision Decide(Tensor images);
}
