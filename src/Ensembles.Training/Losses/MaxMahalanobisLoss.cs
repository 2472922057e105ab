using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// Max-Mahalanobis center loss (Pang et al. 2020 [25]): features are drawn to fixed centers that lie as far apart as K
/// points on a sphere can, and an image belongs to the center it is nearest to. It takes the place of cross-entropy.
/// </summary>
/// <remarks>
/// Distances squared saturate a softmax, so attack their margin; alone it falls to an attack on the features. The
/// centers point to all sides, where features behind a ReLU do not: a linear layer of the head's own embeds them.
/// </remarks>
/// <param name="radius">C, the distance of the centers from 0; positive. The source uses 10.</param>
public sealed partial class MaxMahalanobisLoss(double radius = 10) : TrainingLoss
{
    CenterDistanceHead? head;

    /// <summary>The distance of the centers from 0.</summary>
    public double Radius { get; } = radius is > 0 and < double.PositiveInfinity
        ? radius
        : throw new ArgumentOutOfRangeException(nameof(radius), radius, "The radius is positive and finite.");

    /// <summary>Logits z_k = -||e - mu_k||^2, with e the embedded features.</summary>
    public override Module<Tensor, Tensor>? Head => head;

    /// <summary>
    /// C^2, as though the centers were 1 from 0: logits on a center are then between 2 and 4 apart.
    /// </summary>
    public override double TemperatureUnderAttack => Radius * Radius;

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Fewer features than classes less one.</exception>
    public override void Build(FeatureNetwork network)
    {
        using var unit = MaxMahalanobisCenters.Unit(network.ClassCount, network.FeatureCount);
        head = new CenterDistanceHead(network.FeatureCount, unit * Radius);
        register_module(nameof(head), head);
    }

    /// <inheritdoc/>
    protected internal override bool IsOfLogits => true;

    /// <summary>L = 1/(2 N) sum_i ||e_i - mu_(y_i)||^2.</summary>
    public override Tensor Of(LossContext batch) => Value(batch.Logits, batch.Labels);

    /// <summary>The loss of logits -||e - mu_k||^2 [N, K] with labels [N]; a scalar.</summary>
    public static Tensor Value(Tensor logits, Tensor labels)
    {
        using var scope = NewDisposeScope();
        return logits.gather(1, labels.unsqueeze(1)).mean().mul(-0.5).MoveToOuterDisposeScope();
    }

    [Compiled]
    sealed partial class CenterDistanceHead : Module<Tensor, Tensor>, IIntervalMap
    {
        readonly Linear embedding;

        public CenterDistanceHead(int features, Tensor centers) : base(nameof(CenterDistanceHead))
        {
            embedding = Linear(features, centers.size(1));
            register_module(nameof(embedding), embedding);
            register_buffer(nameof(centers), centers.DetachFromDisposeScope());
        }

        // Looked up, since a move to another device puts another tensor in its place.
        Tensor Centers => get_buffer("centers")!;

        public override Tensor forward(Tensor features)
        {
            using var scope = NewDisposeScope();
            var offsets = embedding.call(features).unsqueeze(1) - Centers.unsqueeze(0);
            return (-offsets.pow(2).sum(2)).MoveToOuterDisposeScope();
        }

        /// <summary>Coordinate by coordinate, the distance of a center from where e may lie.</summary>
        public (Tensor Lower, Tensor Upper) interval(Tensor lower, Tensor upper)
        {
            using var scope = NewDisposeScope();
            // More than the sums of the embedding and of the squares may be rounded by.
            var rounding = (lower.size(1) + Centers.size(1) + 8) * 5e-7;
            var weight = embedding.weight!.to_type(lower.dtype);
            var bias = embedding.bias!.to_type(lower.dtype);
            var (center, radius) = ((lower + upper) / 2, (upper - lower) / 2);
            var reach = functional.linear(
                (radius * (1 + rounding)) + ((center.abs() + radius) * rounding), weight.abs(), bias.abs() * rounding);
            var offsets = functional.linear(center, weight, bias).unsqueeze(1) - Centers.to_type(lower.dtype);
            reach = reach.unsqueeze(1) + (Centers.abs().to_type(lower.dtype) * rounding);
            var furthest = (offsets.abs() + reach).square().sum(2);
            var nearest = (offsets.abs() - reach).clamp(min: 0).square().sum(2);
            return (
                (-furthest * (1 + rounding)).MoveToOuterDisposeScope(),
                (-nearest * (1 - rounding)).MoveToOuterDisposeScope());
        }

        protected override void RegisterComponents()
        {
        }
    }
}
