using Ensembles.Analyzers.Gradients;
using Ensembles.Analyzers.Tests.Running;
using Ensembles.CodeFixes;

namespace Ensembles.Analyzers.Tests.Gradients;

/// <summary>Which operations end a gradient, and which do not.</summary>
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
                    using var bitmap =
                        new SkiaSharp.SKBitmap(28, 28, SkiaSharp.SKColorType.Gray8, SkiaSharp.SKAlphaType.Opaque);
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
}
