using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// A logistic regression on standardised evidence, [N, F] to its logit [N]: w.(evidence - mean) / deviation + b. NaN
/// until it is fitted.
/// </summary>
[Compiled]
sealed partial class EvidenceHead : Module<Tensor, Tensor>
{
    readonly Tensor mean;
    readonly Tensor deviation;
    readonly Tensor weights;
    readonly Tensor bias;

    public EvidenceHead(int evidenceCount) : base(nameof(EvidenceHead))
    {
        mean = zeros(evidenceCount).DetachFromDisposeScope();
        deviation = ones(evidenceCount).DetachFromDisposeScope();
        weights = full(evidenceCount, float.NaN).DetachFromDisposeScope();
        bias = full(1, float.NaN).DetachFromDisposeScope();
        RegisterComponents();
    }

    public override Tensor forward(Tensor evidence)
    {
        using var scope = NewDisposeScope();
        return ((evidence - mean) / deviation).matmul(weights).add(bias).MoveToOuterDisposeScope();
    }

    /// <summary>Fits the regression to evidence [N, F]; positive, bool [N], is what shall score above 0.</summary>
    public void Fit(Tensor evidence, Tensor positive)
    {
        using var scope = NewDisposeScope();
        mean.copy_(evidence.mean([0]));
        deviation.copy_(evidence.std(0).clamp_min(1e-6));
        var (w, b) = LogisticRegression.Fit((evidence - mean) / deviation, positive);
        weights.copy_(w);
        bias.copy_(b);
    }
}
