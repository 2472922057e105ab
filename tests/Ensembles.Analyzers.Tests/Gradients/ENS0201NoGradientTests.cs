using Ensembles.Analyzers.Gradients;
using Ensembles.Analyzers.Tests.Running;
using Ensembles.CodeFixes;

namespace Ensembles.Analyzers.Tests.Gradients;

public class ENS0201NoGradientTests : FixTests<ENS0201NoGradient, ENS0201NoGradientFix>
{
    [Theory]
    [InlineData("(images * 7).[|round|]() / 7", "`round`")]
    [InlineData("torch.[|round|](images * 7) / 7", "`round`")]
    [InlineData("images.clone().[|round_|]()", "`round_`")]
    [InlineData("images.sub(0.5).[|sign|]()", "`sign`")]
    [InlineData("images.mul(8).[|floor|]().div(8)", "`floor`")]
    [InlineData("images.[|ceil|]()", "`ceil`")]
    [InlineData("images.[|trunc|]()", "`trunc`")]
    [InlineData("images.[|div|](0.1, RoundingMode.floor)", "`div`")]
    [InlineData("images.[|argmax|](1).to_type(ScalarType.Float32)", "`argmax`")]
    [InlineData("functional.one_hot(images.[|argmin|](1), 10).to_type(ScalarType.Float32)", "`argmin`")]
    [InlineData("images.[|topk|](3).indexes.to_type(ScalarType.Float32)", "the positions of `topk`")]
    [InlineData("images.[|max|](1).Item2.@float()", "the positions of `max`")]
    [InlineData("([|images > 0.5|]).to_type(ScalarType.Float32)", "`>`")]
    [InlineData("images.[|ge|](0.5).@float()", "`ge`")]
    [InlineData("where(images.[|lt|](0.5), zeros_like(images), ones_like(images))", "`lt`")]
    [InlineData("images.[|detach|]() * 2", "`detach`")]
    [InlineData("zeros_like(images) + images.mean().[|item|]<float>()", "`item`")]
    [InlineData("zeros_like(images) + images.mean().[|ToDouble|]()", "`ToDouble`")]
    [InlineData("zeros_like(images) + [|(float)images.mean()|]", "the conversion to float")]
    [InlineData("tensor(images.[|data|]<float>().ToArray()).view(images.shape)", "`data`")]
    [InlineData("frombuffer(images.[|bytes|].ToArray(), ScalarType.Float32)", "`bytes`")]
    [InlineData("images.mul(255).[|to_type|](ScalarType.Byte).to_type(ScalarType.Float32) / 255", "`to_type`")]
    [InlineData("images.mul(255).[|to|](ScalarType.Int64).@float() / 255", "`to`")]
    [InlineData("images.mul(255).[|@byte|]().@float()", "`byte`")]
    [InlineData("images.mul(255).[|@long|]().@float()", "`long`")]
    [InlineData("images.[|to_type|](uint8).@float()", "`to_type`")]
    [InlineData("[|quantize_per_tensor|](images, 0.1, 0, ScalarType.QUInt8).dequantize()", "`quantize_per_tensor`")]
    [InlineData("images.[|bernoulli|]()", "`bernoulli`")]
    [InlineData("coarse ? images : images.[|round|]()", "`round`")]
    [InlineData("training ? images : images.[|round|]()", "`round`")]
    public void Finds_whatever_ends_the_gradient(string expression, string what) => Reports(
        $$"""
        public sealed class Steps(bool coarse) : InputTransform
        {
            readonly bool coarse = coarse;
            public override Tensor forward(Tensor images) => {{expression}};
        }
        """,
        $"The gradient of `Steps` ends at {what}, and no surrogate takes its place");

    [Theory]
    // A gradient passes beside the break.
    [InlineData("images + (images.round() - images).detach()")]
    [InlineData("images * (images > 0.5).to_type(ScalarType.Float32)")]
    [InlineData("images * images.gt(0)")]
    [InlineData("where(images > 0, images, images * 0.01)")]
    [InlineData("where(images.lt(0), zeros_like(images), images)")]
    [InlineData("images.masked_fill(images.lt(0.1), 0)")]
    [InlineData("images[images.argmax()]")]
    [InlineData("images.gather(1, images.argmax(1, keepdim: true))")]
    [InlineData("images - images.round()")]
    [InlineData("images / images.detach().amax()")]
    [InlineData("images / images.norm().item<float>()")]
    [InlineData("images.max(1).values")]
    [InlineData("images.topk(3).Item1")]
    // Gradients like any other.
    [InlineData("images.clamp(0, 1).relu().abs()")]
    [InlineData("functional.threshold(images, 0.5, 0)")]
    [InlineData("images.to_type(ScalarType.Float64)")]
    [InlineData("images.to(CPU)")]
    [InlineData("images.div(2)")]
    [InlineData("images.view(images.shape[0], -1) * (images.size(1) > 1 ? 2 : 3)")]
    [InlineData("training ? images.round() : images")]
    [InlineData("!training ? images : images.round()")]
    // Not computed from the images.
    [InlineData("zeros_like(images).round() + images")]
    [InlineData("ones(3).gt(0).@float()")]
    [InlineData("images.isnan().any().item<bool>() ? throw new ArgumentException() : images")]
    public void Accepts_where_a_gradient_passes(string expression) => Accepts(
        $$"""
        public sealed class Smooth : InputTransform
        {
            public override Tensor forward(Tensor images) => {{expression}};
        }
        """);

    [Fact]
    public void Follows_calls_properties_local_functions_lambdas_and_loops() => Reports(
        """
        public static class Levels
        {
            public static Tensor Round(this Tensor x, int levels) => (x * levels).[|round|]() / levels;
        }

        public abstract class Template : InputTransform
        {
            protected abstract Tensor Encode(Tensor x);
            public override Tensor forward(Tensor images) => Encode(images);
        }

        public sealed class Extension : InputTransform { public override Tensor forward(Tensor images) => images.Round(8); }

        public sealed class Overriding : Template { protected override Tensor Encode(Tensor x) => x.[|floor|](); }

        public sealed class Local : InputTransform
        {
            Tensor last = zeros(1);
            Tensor Last => last.[|ceil|]();

            public override Tensor forward(Tensor images)
            {
                last = Twice(images);
                return Last;
                static Tensor Twice(Tensor x) => x * 2;
            }
        }

        public sealed class Lambda : InputTransform
        {
            public override Tensor forward(Tensor images) => cat(images.split(1).Select(image => image.[|sign|]()).ToArray());
        }

        public sealed class Group : InputTransform
        {
            public override Tensor forward(Tensor images) => cat([.. images.split(1).Select(Step)]);
            static Tensor Step(Tensor x) => x.[|trunc|]();
        }

        public sealed class Delegate : InputTransform
        {
            public override Tensor forward(Tensor images)
            {
                Func<Tensor, Tensor> step = x => x.[|round|]();
                return step(images);
            }
        }

        public sealed class Looping : InputTransform
        {
            public override Tensor forward(Tensor images)
            {
                var rows = new List<Tensor>();
                for (var i = 0; i < images.size(0); i++)
                    rows.Add(images[i].[|floor|]());
                return stack(rows);
            }
        }

        public sealed class Late : InputTransform
        {
            public override Tensor forward(Tensor images)
            {
                var x = images;
                try
                {
                    if (x.dim() == 3)
                        x = x.unsqueeze(0);
                    switch (x.size(1))
                    {
                        case 1: break;
                        default: x = x.[|round|](); break;
                    }
                }
                finally
                {
                    GC.KeepAlive(x);
                }
                return x;
            }
        }
        """,
        "The gradient of `Extension` ends at `round`, and no surrogate takes its place",
        "The gradient of `Overriding` ends at `floor`, and no surrogate takes its place",
        "The gradient of `Local` ends at `ceil`, and no surrogate takes its place",
        "The gradient of `Lambda` ends at `sign`, and no surrogate takes its place",
        "The gradient of `Group` ends at `trunc`, and no surrogate takes its place",
        "The gradient of `Delegate` ends at `round`, and no surrogate takes its place",
        "The gradient of `Looping` ends at `floor`, and no surrogate takes its place",
        "The gradient of `Late` ends at `round`, and no surrogate takes its place");

    [Fact]
    public void Finds_scopes_without_gradients() => Reports(
        """
        public sealed class Frozen(INetworkFactory networks) : Classifier
        {
            readonly FeatureNetwork network = networks.Create();

            public override Tensor forward(Tensor images)
            {
                using var noGradient = [|no_grad|]();
                return network.call(images) * 2;
            }
        }

        public sealed class Inference(INetworkFactory networks) : Classifier
        {
            readonly FeatureNetwork network = networks.Create();

            public override Tensor forward(Tensor images)
            {
                using (torch.[|inference_mode|]())
                    return network.features(images);
            }
        }

        public sealed class Buffer : InputTransform
        {
            public override Tensor forward(Tensor images)
            {
                var copy = empty_like(images);
                using (set_grad_enabled(true)) { }
                using ([|set_grad_enabled|](false))
                    copy.copy_(images * 2);
                return copy;
            }
        }
        """,
        "The gradient of `Frozen` ends at `no_grad`, and no surrogate takes its place",
        "The gradient of `Inference` ends at `inference_mode`, and no surrogate takes its place",
        "The gradient of `Buffer` ends at `set_grad_enabled`, and no surrogate takes its place");

    [Fact]
    public void Finds_codecs() => Reports(
        """
        public sealed class Jpeg : InputTransform
        {
            public override Tensor forward(Tensor images)
            {
                using var result = empty_like(images);
                for (var i = 0; i < images.size(0); i++)
                {
                    var pixels = images[i].mul(255).[|to_type|](ScalarType.Byte).data<byte>().ToArray();
                    using var bitmap = new SkiaSharp.SKBitmap(28, 28, SkiaSharp.SKColorType.Gray8, SkiaSharp.SKAlphaType.Opaque);
                    System.Runtime.InteropServices.Marshal.Copy(pixels, 0, bitmap.GetPixels(), pixels.Length);
                    using var encoded = bitmap.Encode(SkiaSharp.SKEncodedImageFormat.Jpeg, 75);
                    using var decoded = SkiaSharp.SKBitmap.Decode(encoded);
                    result[i] = tensor(decoded.Bytes).view(1, 28, 28).@float().div(255);
                }
                return result.alias();
            }
        }

        public sealed class Bytes : InputTransform
        {
            public override Tensor forward(Tensor images)
            {
                var source = images.[|data|]<float>().ToArray();
                var target = new float[source.Length];
                for (var i = 0; i < source.Length; i++)
                    target[i] = MathF.Round(source[i] * 8) / 8;
                var copy = new float[target.Length];
                Array.Copy(target, copy, target.Length);
                return tensor(copy).view(images.shape);
            }
        }

        public sealed class Stream : InputTransform
        {
            public override Tensor forward(Tensor images)
            {
                using var stream = new System.IO.MemoryStream();
                stream.Write(images.[|bytes|]);
                return frombuffer(stream.ToArray(), ScalarType.Float32);
            }
        }
        """,
        "The gradient of `Jpeg` ends at `to_type`, and no surrogate takes its place",
        "The gradient of `Bytes` ends at `data`, and no surrogate takes its place",
        "The gradient of `Stream` ends at `bytes`, and no surrogate takes its place");

    [Fact]
    public void Names_the_module_that_does_it() => Reports(
        """
        public sealed class Rounding() : Module<Tensor, Tensor>("rounding")
        {
            public override Tensor forward(Tensor x) => x.[|round|]();
        }

        public sealed class First : Classifier
        {
            readonly Rounding rounding = new();
            public override Tensor forward(Tensor images) => rounding.call(images).flatten(1);
        }

        public sealed class Second : Classifier
        {
            readonly Module<Tensor, Tensor> body;

            public Second()
            {
                body = Sequential(Conv2d(1, 8, 3), new Rounding(), ReLU());
                RegisterComponents();
            }

            public override Tensor forward(Tensor images) => body.call(images).flatten(1);
        }
        """,
        "The gradient of `Rounding` ends at `round`, and no surrogate takes its place");

    [Fact]
    public void Accepts_a_surrogate_of_the_class_or_of_the_module_that_does_it() => Accepts(
        """
        public sealed class Rounding() : Module<Tensor, Tensor>("rounding"), INonDifferentiable
        {
            public override Tensor forward(Tensor x) => x.round();
            public Tensor surrogate(Tensor x) => x.alias();
        }

        public sealed class Inside : Classifier
        {
            readonly Rounding rounding = new();
            readonly EdgeTransform edges = new(0.2);
            public override Tensor forward(Tensor images) => edges.call(rounding.call(images)).flatten(1);
        }

        public sealed class Itself : Classifier, INonDifferentiable
        {
            public override Tensor forward(Tensor images) => images.round().flatten(1);
            public Tensor surrogate(Tensor images) => images.flatten(1);
        }
        """);

    [Fact]
    public void Finds_a_surrogate_that_is_left_out() => Reports(
        """
        public sealed class Edges : Classifier
        {
            readonly EdgeTransform edges = new(0.2);
            public override Tensor forward(Tensor images) => edges.[|forward|](images).flatten(1);
        }
        """,
        "The gradient of `Edges` ends at `forward` of `EdgeTransform`, which leaves its surrogate out where `call` would use it, and no surrogate takes its place");

    [Fact]
    public void Accepts_what_does_not_reach_the_output() => Accepts(
        """
        public sealed class Careful(INetworkFactory networks) : Classifier
        {
            readonly FeatureNetwork network = networks.Create();

            public override Tensor forward(Tensor images)
            {
                if (images.amax().item<float>() > 1 || images.isnan().any().ToBoolean())
                    throw new ArgumentException($"Too large: {images.amax().item<float>()}", nameof(images));
                Console.WriteLine(images.mean().ToSingle());
                var largest = images.detach().amax().item<float>();
                Log(largest);
                using (no_grad())
                    Seen = images.sum();
                return network.call(images);
            }

            public Tensor? Seen { get; private set; }

            void Log(float value) => Console.WriteLine(value);
        }

        public sealed class Gated : Classifier
        {
            public override Tensor forward(Tensor images) => (images * Mask(images)).flatten(1);

            static Tensor Mask(Tensor x)
            {
                using var scope = no_grad();
                return x.gt(x.mean()).to_type(ScalarType.Float32);
            }
        }

        public sealed class Plain() : Module<Tensor, Tensor>("labels")
        {
            public override Tensor forward(Tensor logits) => logits.argmax(1);
        }
        """);

    [Fact]
    public void Ends_in_expressions_of_any_length() => Accepts(
        $$"""
        public sealed class Long : InputTransform
        {
            public override Tensor forward(Tensor images) => images{{string.Concat(Enumerable.Repeat(" + images", 1000))}};
        }
        """);

    [Fact]
    public void Ends_where_code_calls_itself() => Accepts(
        """
        public sealed class Circular : InputTransform
        {
            public override Tensor forward(Tensor images) => Left(images, 3);
            Tensor Left(Tensor x, int n) => n == 0 ? x : Right(x, n - 1);
            Tensor Right(Tensor x, int n) => n == 0 ? x : Left(x, n - 1) + Right(x, n - 1);
        }
        """);

    [Fact]
    public void Passes_the_gradient_straight_through_by_leaving_the_steps_out() => FixesAll(
        """
        public sealed class ThreeBits : InputTransform
        {
            readonly double levels = 7;

            /// <inheritdoc/>
            public override Tensor forward(Tensor images) => (images * levels).round().floor() / levels;
        }

        public sealed class Rounded(INetworkFactory networks) : Classifier("rounded")
        {
            readonly FeatureNetwork network = networks.Create();

            public override Tensor forward(Tensor images)
            {
                using var seen = images.round();
                return network.call(seen);
            }
        }
        """,
        """
        public sealed class ThreeBits : InputTransform, INonDifferentiable
        {
            readonly double levels = 7;

            /// <inheritdoc/>
            public override Tensor forward(Tensor images) => (images * levels).round().floor() / levels;

            public Tensor surrogate(Tensor images) => (images * levels) / levels;
        }

        public sealed class Rounded(INetworkFactory networks) : Classifier("rounded"), INonDifferentiable
        {
            readonly FeatureNetwork network = networks.Create();

            public override Tensor forward(Tensor images)
            {
                using var seen = images.round();
                return network.call(seen);
            }

            public Tensor surrogate(Tensor images)
            {
                using var seen = images.alias();
                return network.call(seen);
            }
        }
        """);

    [Fact]
    public void Takes_a_transform_for_the_identity_where_more_than_steps_ends_the_gradient() => Fixes(
        """
        public sealed class Bytes : InputTransform
        {
            public override Tensor forward(Tensor images) => images.mul(255).to_type(ScalarType.Byte).to_type(ScalarType.Float32).div(255);
        }
        """,
        """
        public sealed class Bytes : InputTransform, INonDifferentiable
        {
            public override Tensor forward(Tensor images) => images.mul(255).to_type(ScalarType.Byte).to_type(ScalarType.Float32).div(255);

            public Tensor surrogate(Tensor images) => images.alias();
        }
        """);

    [Fact]
    public void Offers_nothing_where_no_stand_in_is_known() => OffersNothing(
        """
        public static class Levels
        {
            public static Tensor Round(Tensor x) => x.round();
        }

        public sealed class Hard : Classifier
        {
            public override Tensor forward(Tensor images) => images.flatten(1).gt(0.5).to_type(ScalarType.Float32);
        }

        public sealed class Elsewhere : InputTransform
        {
            public override Tensor forward(Tensor images) => Levels.Round(images);
        }
        """);
}
