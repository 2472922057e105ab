using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Where the logits lie that an ensemble says as a member of another, while each image stays in its ball: of N images
/// and K classes, float64.
/// </summary>
/// <param name="Lower">Lower bounds of z_k, [N, K].</param>
/// <param name="Upper">Upper bounds of z_k, [N, K].</param>
/// <param name="Differences">Lower bounds of z_y - z_k, [N, K]; what stands at k = y is of no matter.</param>
/// <param name="Decides">
/// Where the vote surely has a winner, whichever that is, bool [N]: without one the ensemble abstains.
/// </param>
public readonly record struct LogitBounds(Tensor Lower, Tensor Upper, Tensor Differences, Tensor Decides)
{
    /// <summary>Bounds of a rule that always has a winner.</summary>
    /// <param name="lower">Lower bounds of z_k, [N, K].</param>
    /// <param name="upper">Upper bounds of z_k, [N, K].</param>
    /// <param name="differences">Lower bounds of z_y - z_k, [N, K].</param>
    internal static LogitBounds OfWinner(Tensor lower, Tensor upper, Tensor differences) =>
        new(lower, upper, differences, ones(lower.size(0), dtype: ScalarType.Bool, device: lower.device));
}
