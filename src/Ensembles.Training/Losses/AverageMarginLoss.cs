using static TorchSharp.torch;

namespace Ensembles.Training;

/// <summary>
/// A regulariser of the average margin, to be added to a loss that classifies: our variant after Wu and Yu 2019 [37],
/// who find that training raises the least margin of all images while the mean of the margins falls.
/// </summary>
/// <remarks>
/// <para>
/// The margin is that of the logits over the length of its gradient: in the features, where it is ||W_y - W_k|| if the
/// head is linear, or in the images. So a network cannot buy it by larger weights in the head, and in the images not by
/// larger features either; those buy it in the features.
/// </para>
/// <para>It is truncated, so that it takes no more than t from the loss and images that are far enough are left alone.
/// </para>
/// </remarks>
/// <param name="enough">t, the margin from which on it is enough, in units of the space; positive.</param>
/// <param name="space">Where the margin is measured.</param>
public sealed class AverageMarginLoss(double enough = 1, MarginSpace space = MarginSpace.Features) : TrainingLoss
{
    /// <summary>Keeps the length of a gradient from 0; it is less than any that decides.</summary>
    const double Least = 1e-6;

    readonly List<MarginsOfEpoch> curve = [];
    TrainingStep noted;

    /// <summary>The margin from which on it is enough.</summary>
    public double Enough { get; } = enough is > 0 and < double.PositiveInfinity
        ? enough
        : throw new ArgumentOutOfRangeException(nameof(enough), enough, "A margin is positive and finite.");

    /// <summary>Where the margin is measured.</summary>
    public MarginSpace Space { get; } = space;

    /// <inheritdoc/>
    public override bool DifferentiatesImages => Space == MarginSpace.Images;

    /// <summary>
    /// The least and the mean normalised margin of the images that the network was trained on, epoch by epoch: the
    /// curves of the source. A run that is continued has those of its own epochs.
    /// </summary>
    public IReadOnlyList<MarginsOfEpoch> Curve => curve;

    /// <summary>L = -mean_i min(m_i / s_i, t).</summary>
    public override Tensor Of(LossContext batch)
    {
        using var scope = NewDisposeScope();
        var margins = Normalised(
            batch.Logits, Space == MarginSpace.Images ? batch.Images : batch.Features, batch.Labels);
        // A weight perturbation asks twice in a step, the first time for the weights as they are.
        if (training && batch.Step.Epoch > 0 && batch.Step != noted)
            Note(batch.Step, margins);
        return (-margins.clamp_max(Enough).mean()).MoveToOuterDisposeScope();
    }

    /// <summary>
    /// m_i / s_i [N], of logits [N, K] that were computed from inputs [N, ...], features or images, with labels [N]:
    /// m = z_y - max_(k != y) z_k and s = ||dm/dinput||, both differentiable.
    /// </summary>
    /// <exception cref="InvalidOperationException">Logits without a gradient in the inputs.</exception>
    public static Tensor Normalised(Tensor logits, Tensor inputs, Tensor labels)
    {
        using var scope = NewDisposeScope();
        var margins = Margins.Lead(logits, labels);
        var gradient = logits.requires_grad && inputs.requires_grad
            ? autograd.grad(
                [margins.sum()], [inputs], retain_graph: true, create_graph: true, allow_unused: true)[0]
            : null;
        if (gradient is not { IsInvalid: false })
            throw new InvalidOperationException(
                "A margin is normalised by its gradient in the features or in the images, and these logits have none.");
        return (margins / (gradient.flatten(1).pow(2).sum(1) + Least * Least).sqrt()).MoveToOuterDisposeScope();
    }

    void Note(TrainingStep step, Tensor margins)
    {
        noted = step;
        if (curve.Count == 0 || curve[^1].Epoch != step.Epoch)
            curve.Add(new MarginsOfEpoch(step.Epoch, 0, double.PositiveInfinity, 0));
        var (values, before) = (HostMemory.ReadFloats(margins), curve[^1]);
        var images = before.Images + values.Length;
        curve[^1] = new MarginsOfEpoch(
            step.Epoch, images, Math.Min(before.Least, values.Min()),
            (before.Mean * before.Images + values.Sum(v => (double)v)) / images);
    }
}

/// <summary>Normalised margins of the images of an epoch, as the network was when it was trained on them.</summary>
/// <param name="Epoch">The epoch, from 1.</param>
/// <param name="Images">How many images.</param>
/// <param name="Least">The least margin; negative where an image is classified wrong.</param>
/// <param name="Mean">The mean margin.</param>
public sealed record MarginsOfEpoch(int Epoch, int Images, double Least, double Mean);
