using static TorchSharp.torch;

namespace Ensembles.Attacks;

/// <content>
/// Confirming on fresh draws. The few draws of a step flatter the image that was lucky in them: it takes the place of a
/// confirmed one only where fresh draws say that it is better, so that more restarts never lose what fewer have found.
/// </content>
public sealed partial class AttackBatch
{
    /// <summary>
    /// The best image of each as fresh draws have confirmed it, with the share of them that met the criterion, -1 where
    /// none has been confirmed; null before the first confirmation.
    /// </summary>
    (Tensor Images, float[] Share, float[] Nearness, double[] Distance)? confirmed;

    /// <summary>Evaluates on fresh draws what a restart against a randomised defense found.</summary>
    void Confirm(int restart)
    {
        if (!Defense.Randomized)
            return;
        using var scope = NewDisposeScope();
        confirmed ??= (
            Clean.clone().DetachFromDisposeScope(),
            [.. Enumerable.Repeat(-1f, share.Length)],
            new float[share.Length],
            new double[share.Length]);
        var (images, sharesBefore, nearnessBefore, distanceBefore) = confirmed.Value;
        using var other = best.ne(images).flatten(1).any(1).cpu();
        var isOther = other.data<bool>().ToArray();
        int[] found =
        [
            .. Enumerable.Range(0, share.Length)
                .Where(i => NeededAttack[i] && isOther[i] && CriterionResult.IsMajority(share[i])),
        ];
        if (found.Length == 0)
            return;
        var draws = Defense.ConfirmingDraws;
        var candidates = best.index_select(0, HostMemory.Index(found, best.device));
        var result = Criterion.Judge(Defense.Evaluate(candidates, draws, Seed(restart, -1)), found, draws);
        for (var i = 0; i < found.Length; i++)
        {
            var row = found[i];
            (share[row], nearness[row]) = (result.Share[i], result.Nearness[i]);
            if (IsBetter(row))
            {
                HostMemory.CopyRows(best, [row], images, [row]);
                (sharesBefore[row], nearnessBefore[row], distanceBefore[row]) =
                    (share[row], nearness[row], distance[row]);
            }
            else
            {
                HostMemory.CopyRows(images, [row], best, [row]);
                (share[row], nearness[row], distance[row]) =
                    (sharesBefore[row], nearnessBefore[row], distanceBefore[row]);
            }
        }

        bool IsBetter(int row) => Ball.IsUnbounded && share[row] >= 1 && sharesBefore[row] >= 1
            ? distance[row] < distanceBefore[row]
            : (share[row], nearness[row]).CompareTo((sharesBefore[row], nearnessBefore[row])) > 0;
    }
}
