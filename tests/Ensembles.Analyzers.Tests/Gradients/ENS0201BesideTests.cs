using Ensembles.Analyzers.Gradients;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Gradients;

/// <summary>
/// A gradient that passes beside a rounding, through much less than is rounded, is no gradient of what the sum does.
/// </summary>
public class ENS0201BesideTests : RuleTests<ENS0201NoGradient>
{
    [Theory]
    [InlineData("images.[|round|]() + 0.01 * images", "`round`", "0.01")]
    [InlineData("(images * 255).[|round|]() / 255 + images * 0.01", "`round`", "0.01")]
    [InlineData(
        "images.mul(255).[|to_type|](ScalarType.Byte).to_type(ScalarType.Float32) / 255 + images * 0.01", "`to_type`",
        "0.01")]
    [InlineData("network.call(images.[|floor|]()) + 0.02 * network.call(images)", "`floor`", "0.02")]
    [InlineData("network.call(images.[|round|]() + 0.01 * images)", "`round`", "0.01")]
    [InlineData("0.95 * images.[|round|]() + 0.05 * images", "`round`", "0.053")]
    [InlineData("images.[|round|]() - images / 200", "`round`", "0.005")]
    [InlineData("images.[|round|]().add(images.mul(0.01))", "`round`", "0.01")]
    [InlineData("torch.add(images.[|round|](), images, alpha: 0.01)", "`round`", "0.01")]
    [InlineData("images.[|round|]().add_(images * 0.001)", "`round`", "0.001")]
    [InlineData("images.[|sign|]() + leak * images", "`sign`", "0.01")]
    [InlineData("images.[|round|]() + 0.01 * images + 0.02 * images", "`round`", "0.03")]
    public void Finds_a_share_below_a_tenth(string expression, string what, string share) => Reports(
        Mixed(
            expression), $"The gradient of `Mixed` ends at {what}, but for a share of {share} that passes beside it, "
                + $"and no surrogate takes its place");

    [Theory]
    // Straight through, also with a gradient that is scaled on purpose.
    [InlineData("images + (images.round() - images).detach()")]
    [InlineData("images.add(images.round().sub(images).detach())")]
    [InlineData("0.01 * images + (images.round() - 0.01 * images).detach()")]
    [InlineData("images.detach() * 0.95 + images * 0.05")]
    // Residual connections and rounding that is made smooth.
    [InlineData("images + network.call(images.round())")]
    [InlineData("images + 0.01 * network.call(images)")]
    [InlineData("images.round() * 0.1 + images")]
    [InlineData("images.round() + (images - images.round()).pow(3)")]
    [InlineData("images.round() + 0.1 * images")]
    [InlineData("images.round() * 0.01 + 0.01 * images")]
    [InlineData("(images.round() + 0.01 * images) + images")]
    [InlineData("images * (images > 0) + 0.01 * images * (images <= 0)")]
    // Masks and statistics say where and how much, and do not carry the image.
    [InlineData("(network.call(images) * 0.05 + images.eq(0).to_type(ScalarType.Float32) * -1e9).softmax(1)")]
    [InlineData("images.to(ScalarType.Bool).@float() + 0.01 * images")]
    [InlineData("images.mean().item<float>() + 0.01 * images")]
    [InlineData("weight.round() + 0.01 * images")]
    [InlineData("cat(new[] { images.round(), 0.01 * images }, 1)")]
    public void Accepts_where_the_gradient_says_what_happens(string expression) => Accepts(Mixed(expression));

    static string Mixed(string expression) =>
        $$"""
        public sealed class Mixed : InputTransform
        {
            readonly Linear network = Linear(4, 4);
            readonly Parameter weight = new(randn(4));
            readonly double leak = 0.01;
            public Mixed() => RegisterComponents();
            public override Tensor forward(Tensor images) => {{expression}};
        }
        """;
}
