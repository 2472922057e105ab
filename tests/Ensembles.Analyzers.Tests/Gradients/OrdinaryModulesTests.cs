using Ensembles.Analyzers.Gradients;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Gradients;

/// <summary>Networks as people write them raise no alarm, whatever role they are given.</summary>
public class OrdinaryModulesTests
{
    public static TheoryData<string> Modules =>
    [
        // LeNet, with functional layers and dropout.
        """
        public sealed class LeNet : Classifier
        {
            readonly Conv2d conv1 = Conv2d(1, 32, 3), conv2 = Conv2d(32, 64, 3);
            readonly Linear fc1 = Linear(9216, 128), fc2 = Linear(128, 10);
            public LeNet() => RegisterComponents();

            public override Tensor forward(Tensor images)
            {
                using var scope = NewDisposeScope();
                var x = functional.relu(conv1.call(images));
                x = functional.max_pool2d(functional.relu(conv2.call(x)), 2);
                x = functional.dropout(x, 0.25, training);
                x = functional.relu(fc1.call(x.flatten(1)));
                x = functional.dropout(x, 0.5, training: training);
                return functional.log_softmax(fc2.call(x), 1).MoveToOuterDisposeScope();
            }
        }
        """,
        // A residual network of blocks, some with a shortcut.
        """
        public sealed class Block : Module<Tensor, Tensor>
        {
            readonly Conv2d first, second;
            readonly BatchNorm2d norm;
            readonly Module<Tensor, Tensor>? shortcut;

            public Block(int width, int stride) : base("block")
            {
                first = Conv2d(width, width, 3, stride: stride, padding: 1);
                second = Conv2d(width, width, 3, padding: 1);
                norm = BatchNorm2d(width);
                if (stride != 1)
                    shortcut =
                        Sequential(("conv", Conv2d(width, width, 1, stride: stride)), ("norm", BatchNorm2d(width)));
                RegisterComponents();
            }

            public override Tensor forward(Tensor x)
            {
                var y = second.call(norm.call(first.call(x)).relu());
                y = y.add_(shortcut?.call(x) ?? x);
                return y.relu_();
            }
        }

        public sealed class ResNet : Classifier
        {
            readonly ModuleList<Module<Tensor, Tensor>> blocks = new();
            readonly Linear output = Linear(64, 10);

            public ResNet()
            {
                foreach (var stride in new[] { 1, 2, 2 })
                    blocks.Add(new Block(64, stride));
                RegisterComponents();
            }

            public override Tensor forward(Tensor images)
            {
                var x = (images - 0.5) / 0.25;
                foreach (var block in blocks)
                    x = block.call(x);
                return output.call(functional.adaptive_avg_pool2d(x, 1).flatten(1));
            }
        }
        """,
        // A variational autoencoder that samples in training only.
        """
        public sealed class Autoencoder : InputTransform
        {
            readonly Linear encoder =
                Linear(784, 400), mean = Linear(400, 20), logVariance = Linear(400, 20), decoder = Linear(20, 784);
            public Autoencoder() => RegisterComponents();

            (Tensor Mean, Tensor LogVariance) Encode(Tensor x)
            {
                var h = functional.relu(encoder.call(x));
                return (mean.call(h), logVariance.call(h));
            }

            Tensor Reparameterize(Tensor mu, Tensor logvar)
            {
                if (!training)
                    return mu;
                var std = (0.5 * logvar).exp();
                return mu + randn_like(std) * std;
            }

            public override Tensor forward(Tensor images)
            {
                var (mu, logvar) = Encode(images.view(-1, 784));
                return torch.sigmoid(decoder.call(Reparameterize(mu, logvar))).view_as(images);
            }
        }
        """,
        // A transformer over patches, with masks and positions.
        """
        public sealed class Attention : Module<Tensor, Tensor, Tensor?, Tensor>
        {
            readonly Linear query = Linear(64, 64), key = Linear(64, 64), value = Linear(64, 64);
            readonly LayerNorm norm = LayerNorm(64);
            readonly Dropout dropout = Dropout(0.1);
            public Attention() : base("attention") => RegisterComponents();

            public override Tensor forward(Tensor x, Tensor positions, Tensor? mask)
            {
                var scores = query.call(x + positions).matmul(key.call(x).transpose(-2, -1)) / Math.Sqrt(64);
                if (mask is not null)
                    scores = scores.masked_fill(mask.eq(0), float.NegativeInfinity);
                return norm.call(x + dropout.call(scores.softmax(-1)).matmul(value.call(x)));
            }
        }

        public sealed class VisionTransformer : Classifier
        {
            readonly Conv2d patches = Conv2d(1, 64, 4, stride: 4);
            readonly Attention attention = new();
            readonly TransformerEncoder encoder = TransformerEncoder(TransformerEncoderLayer(64, 4), 2);
            readonly Parameter positions = new(randn(1, 49, 64));
            readonly Linear head = Linear(64, 10);
            public VisionTransformer() => RegisterComponents();

            public override Tensor forward(Tensor images)
            {
                var x = patches.call(images).flatten(2).transpose(1, 2);
                var causal = (triu(ones(49, 49)) == 1).transpose(0, 1);
                var mask = causal.@float().masked_fill(causal == 0, float.NegativeInfinity).masked_fill(causal == 1, 0);
                x = attention.call(x, positions, causal);
                x = encoder.call(x, mask, null);
                return head.call(x.mean([1]));
            }
        }
        """,
        // A generator and a discriminator.
        """
        public sealed class Generator2 : InputTransform
        {
            readonly Module<Tensor, Tensor> body = Sequential(
                ("fc", Linear(100, 1024)), ("norm", BatchNorm1d(1024, 0.8)), ("leaky", LeakyReLU(0.2, inplace: true)), (
                    "out", Linear(1024, 784)), ("tanh", Tanh()));
            public Generator2() => RegisterComponents();
            public override Tensor forward(Tensor noise) => body.call(noise).view(noise.size(0), 1, 28, 28);
        }

        public sealed class Discriminator : Detector
        {
            readonly Module<Tensor, Tensor> body =
                Sequential(Linear(784, 512), LeakyReLU(0.2), Dropout(0.4), Linear(512, 1), Sigmoid());
            public Discriminator() => RegisterComponents();
            public override Tensor forward(Tensor images) => body.call(images.flatten(1)).squeeze(1);
        }
        """,
        // Activations made by selection, and checks on the way.
        """
        public sealed class Selective : Classifier
        {
            readonly Linear output = Linear(784, 10);
            public Selective() => RegisterComponents();

            public override Tensor forward(Tensor images)
            {
                ArgumentNullException.ThrowIfNull(images);
                if (images.dim() != 4 || images.lt(0).any().item<bool>())
                    throw new ArgumentException($"[{string.Join(", ", images.shape)}]", nameof(images));
                var x = images.flatten(1);
                x = where(x > 0, x, 0.01 * (x.exp() - 1));
                x = x * (x.abs() > 0.1).to_type(ScalarType.Float32);
                x = x.masked_fill(x.isnan(), 0);
                var kept = x.topk(100);
                x = x * x.ge(kept.values.amin([1], keepdim: true));
                x = x / x.detach().norm(1, keepdim: true, p: 2).clamp_min(1e-12);
                return output.call(x);
            }
        }
        """,
        // Vector quantisation with a straight-through gradient, and a mixture of experts.
        """
        public sealed class Quantizer : InputTransform
        {
            readonly Parameter codes = new(randn(512, 64));
            public Quantizer() => RegisterComponents();

            public override Tensor forward(Tensor x)
            {
                var nearest = cdist(x, codes).argmin(-1);
                var quantized = codes.index_select(0, nearest.flatten()).view_as(x);
                quantized = x + (quantized - x).detach();
                return quantized;
            }
        }

        public sealed class Experts : Classifier
        {
            readonly Linear gate = Linear(784, 4), first = Linear(784, 10), second = Linear(784, 10);
            public Experts() => RegisterComponents();

            public override Tensor forward(Tensor images)
            {
                var x = images.flatten(1);
                var (weights, chosen) = gate.call(x).softmax(1).topk(2);
                var outputs = stack(new[] { first.call(x), second.call(x) }, 1);
                return (outputs * weights.unsqueeze(-1)).gather(1, chosen.unsqueeze(-1)).sum(1);
            }
        }
        """,
    ];

    [Theory]
    [MemberData(nameof(Modules))]
    public void Raise_no_alarm(string module)
    {
        var run = AnalyzerRun.On(
            [Snippets.Usings + module], new ENS0201NoGradient(), new ENS0202UndeclaredDraws(), new ENS0203Saturation());

        Assert.Equal([], run.Diagnostics);
        Assert.Equal([], run.CompilerErrors);
    }
}
