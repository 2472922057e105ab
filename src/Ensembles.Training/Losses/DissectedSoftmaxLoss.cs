using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// D-softmax (He et al. 2019 [14]): softmax cut in two, so that how near an image comes to its own class does not
/// depend on how far it is from the others. Classes are directions, and logits their cosines. It takes the place of
/// cross-entropy.
/// </summary>
/// <remarks>An image's features may be of any length, so an attack has nothing to gain from it.</remarks>
/// <param name="stop">d, the cosine to the own class that is enough; in [-1, 1].</param>
/// <param name="scale">s, the factor of cosines in the logits; positive.</param>
public sealed partial class DissectedSoftmaxLoss(double stop = 0.9, double scale = 30) : TrainingLoss
{
    CosineHead? head;

    /// <summary>The cosine to the own class that is enough.</summary>
    public double Stop { get; } = stop is >= -1 and <= 1
        ? stop
        : throw new ArgumentOutOfRangeException(nameof(stop), stop, "A cosine lies in [-1, 1].");

    /// <summary>The factor of cosines in the logits.</summary>
    public double Scale { get; } = scale is > 0 and < double.PositiveInfinity
        ? scale
        : throw new ArgumentOutOfRangeException(nameof(scale), scale, "The scale is positive and finite.");

    /// <summary>s, which leaves the cosines.</summary>
    public override double TemperatureUnderAttack => Scale;

    /// <summary>Logits z_k = s &lt;w_k, h&gt; / (|w_k| |h|).</summary>
    public override Module<Tensor, Tensor>? Head => head;

    /// <inheritdoc/>
    public override void Build(FeatureNetwork network)
    {
        head = new CosineHead(network.FeatureCount, network.ClassCount, Scale);
        register_module(nameof(head), head);
    }

    /// <inheritdoc/>
    protected internal override bool IsOfLogits => true;

    /// <inheritdoc/>
    public override Tensor Of(LossContext batch) => Value(batch.Logits, batch.Labels, Scale * Stop);

    /// <summary>
    /// L = mean_i log(1 + e^(s d - z_y)) + log(1 + sum_(k != y) e^(z_k)), of logits z = s cos [N, K] with labels [N]; a
    /// scalar.
    /// </summary>
    public static Tensor Value(Tensor logits, Tensor labels, double scaledStop)
    {
        using var scope = NewDisposeScope();
        var own = labels.unsqueeze(1);
        var near = functional.softplus(scaledStop - logits.gather(1, own).squeeze(1));
        var others = logits.masked_fill(
            functional.one_hot(labels, logits.size(1)).to_type(ScalarType.Bool), double.NegativeInfinity);
        // log(1 + sum e^z) = logsumexp(0, z)
        var far = cat([zeros_like(others.narrow(1, 0, 1)), others], 1).logsumexp(1);
        return (near + far).mean().MoveToOuterDisposeScope();
    }

    [Compiled]
    sealed partial class CosineHead : Module<Tensor, Tensor>, IIntervalMap
    {
        readonly Parameter weight;
        readonly double scale;

        public CosineHead(int features, int classes, double scale) : base(nameof(CosineHead))
        {
            (weight, this.scale) = (Parameter(randn(classes, features).DetachFromDisposeScope()), scale);
            register_parameter(nameof(weight), weight);
        }

        public override Tensor forward(Tensor features)
        {
            using var scope = NewDisposeScope();
            var cosines = functional.normalize(features, dim: 1).matmul(functional.normalize(weight, dim: 1).t());
            return (scale * cosines).MoveToOuterDisposeScope();
        }

        /// <summary>
        /// The least and the largest product with each direction, over the shortest or the longest h, whichever takes
        /// it further.
        /// </summary>
        public (Tensor Lower, Tensor Upper) interval(Tensor lower, Tensor upper)
        {
            using var scope = NewDisposeScope();
            var directions = functional.normalize(weight.to_type(lower.dtype), dim: 1);
            // More than the sums of two products and two lengths may be rounded by.
            var rounding = (lower.size(1) + 8) * 5e-7;
            var (center, radius) = ((lower + upper) / 2, (upper - lower) / 2);
            var reach = functional.linear(
                (radius * (1 + rounding)) + ((center.abs() + radius) * rounding), directions.abs());
            var middle = functional.linear(center, directions);
            var longest = maximum(lower.abs(), upper.abs()).square().sum(1, keepdim: true).sqrt();
            var shortest = maximum(lower, -upper).clamp(min: 0).square().sum(1, keepdim: true).sqrt();
            (longest, shortest) = (
                (longest * (1 + rounding)).clamp(min: 1e-12), (shortest * (1 - rounding)).clamp(min: 1e-12));
            var (least, most) = (middle - reach, middle + reach);
            return (
                (scale * minimum(least / longest, least / shortest).clamp(-1 - rounding, 1 + rounding))
                    .MoveToOuterDisposeScope(),
                (scale * maximum(most / longest, most / shortest).clamp(-1 - rounding, 1 + rounding))
                    .MoveToOuterDisposeScope());
        }

        protected override void RegisterComponents()
        {
        }
    }
}
