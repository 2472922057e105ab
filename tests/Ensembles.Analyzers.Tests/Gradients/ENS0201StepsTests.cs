using Ensembles.Analyzers.Gradients;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Gradients;

/// <summary>Steps that are written in other words than rounding, and rounding of what images are not.</summary>
public class ENS0201StepsTests : RuleTests<ENS0201NoGradient>
{
    [Theory]
    [InlineData("var y = x.clone(); y.mul_(15).[|round_|]().div_(15); return y;", "`round_`")]
    [InlineData("var y = x.clone(); y.mul_(15).[|round_|](); return y.div_(15);", "`round_`")]
    [InlineData("var y = x * 1; y.mul_(7).clamp_(0, 7).[|floor_|](); return y / 7;", "`floor_`")]
    [InlineData("var y = x.clone(); y.flatten().[|round_|](); return y;", "`round_`")]
    [InlineData("var y = x.clone(); y.view(-1).mul_(3).[|round_|](); return y;", "`round_`")]
    [InlineData("return [|x - x % 0.125|];", "the difference to the remainder by `%`")]
    [InlineData("return [|x * 8 - x * 8 % 1|];", "the difference to the remainder by `%`")]
    [InlineData("var r = x % 0.125; return [|x - r|];", "the difference to the remainder by `%`")]
    [InlineData("[|x -= x % 0.125|]; return x;", "the difference to the remainder by `%`")]
    [InlineData("return x.[|sub|](x.remainder(0.125));", "the difference to the remainder by `%`")]
    [InlineData("return [|x - x.fmod(0.125)|];", "the difference to the remainder by `%`")]
    [InlineData("return [|x - torch.remainder(x, 0.125)|];", "the difference to the remainder by `%`")]
    public void Finds(string body, string what) => Reports(
        Module(body), $"The gradient of `Stepping` ends at {what}, and no surrogate takes its place");

    [Theory]
    [InlineData("var y = x.clone(); y.mul_(15).div_(15); return y;")]
    [InlineData("var y = x.clone(); y[0].round_(); return y;")]
    [InlineData("var y = x.clone(); y.narrow(0, 0, 1).mul_(3).round_(); return y;")]
    [InlineData("return x % 0.125;")]
    [InlineData("return x - x.mean() % 0.125;")]
    [InlineData("return x + x % 0.125;")]
    [InlineData("return x % 0.125 - x;")]
    [InlineData("var n = 5; return x * (n - n % 2);")]
    // Images are float32.
    [InlineData("if (is_integral(x.dtype)) x = x.round(); return x;")]
    [InlineData("if (is_integral(x)) return x.round(); return x;")]
    [InlineData("if (x.is_integral()) x = x.round(); return x;")]
    [InlineData("if (!x.is_floating_point()) return x.round(); return x;")]
    [InlineData("var type = x.dtype; return is_integral(type) ? x.round() : x;")]
    [InlineData("return Integral(x) ? x.round() : x;")]
    [InlineData("if (x.dtype == ScalarType.Byte) x = x.round(); return x;")]
    [InlineData("if (x.dtype is ScalarType.Int32 or ScalarType.Int64) x = x.round(); return x;")]
    [InlineData("if (x.dtype != ScalarType.Byte) return x; return x.round();")]
    [InlineData("return x.dtype switch { ScalarType.Byte => x.round(), _ => x };")]
    [InlineData("switch (x.dtype) { case ScalarType.Byte: return x.round(); default: return x; }")]
    public void Accepts_what_has_a_gradient(string body) => Accepts(Module(body));

    [Theory]
    [InlineData("if (!is_integral(x.dtype)) x = x.[|round|](); return x;", "`round`")]
    [InlineData("if (x.is_floating_point()) x = x.[|round|](); return x;", "`round`")]
    [InlineData("if (x.dtype == ScalarType.Float32) x = x.[|round|](); return x;", "`round`")]
    public void Finds_rounding_of_what_images_are(string body, string what) => Finds(body, what);

    static string Module(string body) =>
        $$"""
        public sealed class Stepping : InputTransform
        {
            public override Tensor forward(Tensor x) { {{body}} }
            static bool Integral(Tensor x) => torch.is_integral(x.dtype);
        }
        """;
}
