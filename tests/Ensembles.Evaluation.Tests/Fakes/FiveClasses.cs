using static TorchSharp.torch;

namespace Ensembles.Evaluation.Tests.Fakes;

/// <summary>
/// Five smooth logits of four pixels, and what a defense makes of them: z_k = a_k . u + (b_k . u)^2 with u = x - 1/2.
/// </summary>
sealed class FiveClasses(Func<FiveClasses, Tensor, Tensor> answer) : Classifier
{
    static readonly Tensor a = tensor(
        [3f, -1, 2, 0.5f, -2, 4, 1, -1, 0.5f, -3, 2, 1, 1, 1, -4, 2, -2, 2, 1, 0], [4, 5]).DetachFromDisposeScope();

    static readonly Tensor b = tensor(
        [1f, 0, 1, -1, 0, 0, 1, 0, 1, -1, 1, 1, 0, 0, 1, 0, 1, 1, 0, 1], [4, 5]).DetachFromDisposeScope();

    /// <summary>The logits [N, 5] of images [N, 1, 2, 2].</summary>
    public static Tensor Logits(Tensor images)
    {
        var u = images.flatten(1) - 0.5;
        return u.matmul(a) + u.matmul(b).square();
    }

    /// <summary>Images under the labels that the logits give them.</summary>
    public static LabeledImages Images(int count, int seed = 1)
    {
        using var generator = new Generator((ulong)seed);
        var images = 0.2 + 0.6 * rand([count, 1, 2, 2], generator: generator);
        return new LabeledImages(images, Logits(images).argmax(1), 5);
    }

    /// <summary>Whether a logit is the highest of its row, bool [N, 5].</summary>
    public static Tensor Wins(Tensor logits) => logits.eq(logits.amax([1L], keepdim: true));

    public override Tensor forward(Tensor images)
    {
        using var scope = NewDisposeScope();
        return answer(this, images).MoveToOuterDisposeScope();
    }
}
