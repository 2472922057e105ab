using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>By how much a second look at an image contradicts the first.</summary>
static class Disagreement
{
    /// <summary>
    /// max_(k != c) z'_k - z'_c, float32 [N], of the class c = argmax_k z_k that the first logits z [N, K] give in the
    /// second ones z' [N, K]: above 0 where these give another class.
    /// </summary>
    public static Tensor Of(Tensor first, Tensor second)
    {
        using var classes = first.argmax(1);
        return Margins.Of(second, classes);
    }
}
