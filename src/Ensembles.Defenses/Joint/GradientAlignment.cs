using static TorchSharp.torch;

namespace Ensembles.Defenses;

/// <summary>How alike the gradients of members are.</summary>
static class GradientAlignment
{
    /// <summary>cos(g_i, g_j) [N, P] for each pair of members i &lt; j, of gradients [M, N, D].</summary>
    public static Tensor Cosines(Tensor gradients)
    {
        var count = (int)gradients.size(0);
        return stack(
            from i in Enumerable.Range(0, count)
            from j in Enumerable.Range(i + 1, count - i - 1)
            select nn.functional.cosine_similarity(gradients[i], gradients[j], dim: 1, eps: 1e-12), 1);
    }
}
