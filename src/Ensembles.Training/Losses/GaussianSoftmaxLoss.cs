using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>
/// G-softmax (Luo et al. 2019 [19]): to each logit its share of a Gaussian distribution is added, whose mean and
/// deviation are learned for each class, before cross-entropy. It takes the place of cross-entropy.
/// </summary>
/// <remarks>
/// What is added lies in [0, lambda], so it decides only where the two highest logits are less than lambda apart.
/// </remarks>
/// <param name="lambda">The weight of what is added; 0 or more. 0 is softmax.</param>
public sealed partial class GaussianSoftmaxLoss(double lambda = 0.1) : TrainingLoss
{
    GaussianHead? head;

    /// <summary>The weight of what is added.</summary>
    public double Lambda { get; } = lambda is >= 0 and < double.PositiveInfinity
        ? lambda
        : throw new ArgumentOutOfRangeException(nameof(lambda), lambda, "A weight is 0 or more, and finite.");

    /// <summary>A linear layer and what is added to its outputs.</summary>
    public override Module<Tensor, Tensor>? Head => head;

    /// <inheritdoc/>
    public override void Build(FeatureNetwork network)
    {
        head = new GaussianHead(network.FeatureCount, network.ClassCount, Lambda);
        register_module(nameof(head), head);
    }

    /// <inheritdoc/>
    protected internal override bool IsOfLogits => true;

    /// <summary>Cross-entropy of the logits u.</summary>
    public override Tensor Of(LossContext batch) => functional.cross_entropy(batch.Logits, batch.Labels);

    /// <summary>
    /// u_k = z_k + lambda Phi((z_k - mu_k) / sigma_k), of z [N, K], mu [K] and sigma [K] above 0; Phi is the standard
    /// normal distribution.
    /// </summary>
    public static Tensor Logits(Tensor z, Tensor mu, Tensor sigma, double lambda)
    {
        using var scope = NewDisposeScope();
        var phi = ((((z - mu) / sigma) / Math.Sqrt(2)).erf() + 1) / 2;
        return (z + (lambda * phi)).MoveToOuterDisposeScope();
    }

    sealed class GaussianHead : Module<Tensor, Tensor>, ILayered
    {
        readonly Linear linear;
        readonly GaussianShare share;

        public GaussianHead(int features, int classes, double lambda) : base(nameof(GaussianHead))
        {
            (linear, share) = (Linear(features, classes), new GaussianShare(classes, lambda));
            register_module(nameof(linear), linear);
            register_module(nameof(share), share);
        }

        public IReadOnlyList<Module<Tensor, Tensor>> Layers => [linear, share];

        public override Tensor forward(Tensor features)
        {
            using var z = linear.call(features);
            return share.call(z);
        }

        protected override void RegisterComponents()
        {
        }
    }

    /// <summary>z_k to z_k + lambda Phi((z_k - mu_k) / sigma_k), which rises with z_k.</summary>
    [Compiled]
    sealed partial class GaussianShare : Module<Tensor, Tensor>, IRising
    {
        /// <summary>softplus(s) = 1.</summary>
        static readonly double unitDeviation = Math.Log(Math.E - 1);

        readonly Parameter mu;
        readonly Parameter deviation;
        readonly double lambda;

        public GaussianShare(int classes, double lambda) : base(nameof(GaussianShare))
        {
            this.lambda = lambda;
            mu = Parameter(zeros(classes).DetachFromDisposeScope());
            deviation = Parameter(full(classes, unitDeviation).DetachFromDisposeScope());
            register_parameter(nameof(mu), mu);
            register_parameter(nameof(deviation), deviation);
        }

        public override Tensor forward(Tensor z)
        {
            using var scope = NewDisposeScope();
            return Logits(z, mu, functional.softplus(deviation), lambda).MoveToOuterDisposeScope();
        }

        protected override void RegisterComponents()
        {
        }
    }
}
