using Ensembles.Analyzers.Gradients;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Gradients;

/// <summary>Draws that a condition decides about, and conditions that a draw decides.</summary>
public class ENS0202ConditionsTests : RuleTests<ENS0202UndeclaredDraws>
{
    /// <summary>Ways to keep to training, however the mode is kept and handed on.</summary>
    [Theory]
    [InlineData("return Ops.Noisy(images, training);")]
    [InlineData("return Ops.Noisy(on: training, x: images);")]
    [InlineData("return Ops.Noisy(images);")]
    [InlineData("return Ops.NoisyUnless(images, !training);")]
    [InlineData("return Ops.Chosen(images, training ? 1 : 0, training);")]
    [InlineData("var drop = training && images.size(0) > 1; return drop ? images + randn_like(images) : images;")]
    [InlineData("var drop = training; drop &= images.size(0) > 1; if (drop) return randn_like(images); return images;")]
    [InlineData("bool fixedNow = !training || images.size(0) == 1; return fixedNow ? images : randn_like(images);")]
    [InlineData("return Draws ? images + randn_like(images) : images;")]
    [InlineData("return Decided() ? images + randn_like(images) : images;")]
    [InlineData("bool Inner() => training; return Inner() ? images + randn_like(images) : images;")]
    [InlineData("Func<bool> on = () => training; return on() ? images + randn_like(images) : images;")]
    [InlineData("if (training == true) images = images + randn_like(images); return images;")]
    [InlineData("if (training is true) images = images + randn_like(images); return images;")]
    [InlineData("if (training is false) return images; return images + randn_like(images);")]
    [InlineData("if (training != false) images = images + randn_like(images); return images;")]
    [InlineData("return training switch { true => images + randn_like(images), false => images };")]
    [InlineData("return training switch { true => images + randn_like(images), _ => images };")]
    [InlineData("switch (training) { case true: return images + randn_like(images); default: return images; }")]
    [InlineData("return images.size(0) switch { > 1 when training => randn_like(images), _ => images };")]
    [InlineData("last = training; return last ? images + randn_like(images) : images;")]
    [InlineData("var (a, b) = (training, 1); return a ? images + randn_like(images) * b : images;")]
    [InlineData("var on = training; return functional.dropout(images, 0.5, on);")]
    [InlineData("return functional.dropout(images, 0.5, Draws);")]
    public void Accepts_what_is_drawn_in_training_alone(string body) => Accepts(Module(body));

    /// <summary>Rates and scales that are 0 in evaluation mode.</summary>
    [Theory]
    [InlineData("return functional.dropout(images, training ? .1 : 0, true);")]
    [InlineData("var rate = training ? .1 : 0; return functional.dropout(images, rate, training: true);")]
    [InlineData("return functional.dropout2d(images, Rate, true);")]
    [InlineData("return images + (training ? .1 : 0) * randn_like(images);")]
    [InlineData("return images + randn_like(images).mul(training ? .1f : 0f);")]
    [InlineData("return images + randn_like(images) * 2 * (!training ? 0 : 1);")]
    [InlineData("return images.add(randn_like(images), alpha: training ? .1 : 0);")]
    [InlineData("return images + normal(0, training ? .1 : 0, images.shape);")]
    [InlineData("var scale = training ? .1 : 0.0; return scale > 0 ? images + randn_like(images) : images;")]
    [InlineData("var scale = Rate * 2; if (scale == 0) return images; return images + randn_like(images);")]
    [InlineData("var scale = training switch { true => .1, _ => 0 }; return images + scale * randn_like(images);")]
    public void Accepts_what_is_scaled_to_nothing(string body) => Accepts(Module(body));

    /// <summary>The same where it is not 0, or may be set.</summary>
    [Theory]
    [InlineData("return functional.[|dropout|](images, training ? 0 : .1, true);", "`dropout`")]
    [InlineData("return images + (training ? .1 : .01) * [|randn_like|](images);", "`randn_like`")]
    [InlineData("return images + Scale * [|randn_like|](images);", "`randn_like`")]
    [InlineData("return images + scale * [|randn_like|](images);", "`randn_like`")]
    [InlineData("return images + (training ? .1 : 0) + [|randn_like|](images);", "`randn_like`")]
    [InlineData("var scale = Rate; scale += 1; return images + scale * [|randn_like|](images);", "`randn_like`")]
    [InlineData(
        "var s = 0.0; if (images.size(0) > 1) s = 1; return images + s * [|randn_like|](images);",
        "`randn_like`")]
    [InlineData(
        "for (var s = 0; s < 3; s++) images = images + s * [|randn_like|](images); return images;",
        "`randn_like`")]
    [InlineData(
        "var s = 0; while (s < 3) { s++; images = images + s * [|randn_like|](images); } return images;",
        "`randn_like`")]
    public void Finds_what_is_scaled_to_something(string body, string what) => Finds(body, what);

    /// <summary>The same ways, where they do not keep to training.</summary>
    [Theory]
    [InlineData("return Ops.[|Always|](images, training);", "")]
    [InlineData(
        "var drop = training || images.size(0) > 1; return drop ? [|randn_like|](images) : images;",
        "`randn_like`")]
    [InlineData("var drop = !training; return drop ? images + [|randn_like|](images) : images;", "`randn_like`")]
    [InlineData("return training switch { false => [|randn_like|](images), true => images };", "`randn_like`")]
    [InlineData("if (training is false) return images + [|randn_like|](images); return images;", "`randn_like`")]
    [InlineData("return functional.[|dropout|](images, 0.5, !Draws);", "`dropout`")]
    public void Finds_what_is_drawn_in_evaluation_too(string body, string what)
    {
        if (what.Length > 0)
            Finds(body, what);
        else
            Reports(
                Module(body.Replace("[|Always|]", "Always", StringComparison.Ordinal))
                    .Replace("x + randn_like(x) * 2", "x + [|randn_like|](x) * 2", StringComparison.Ordinal),
                Message("`randn_like`"));
    }

    /// <summary>What is returned depends on a draw that decides.</summary>
    [Theory]
    [InlineData("if (random.[|NextDouble|]() < .5) return images; return images * 2;", "`Random.NextDouble`")]
    [InlineData("if (random.[|NextDouble|]() < .5) images = images * 2; return images;", "`Random.NextDouble`")]
    [InlineData("return random.[|Next|](2) == 0 ? images : images * 2;", "`Random.Next`")]
    [InlineData(
        "if (!(random.[|NextSingle|]() < .5)) { images = images.flip(3); } return images;",
        "`Random.NextSingle`")]
    [InlineData(
        "var lot = random.[|NextDouble|]() < .5; if (lot) images.mul_(2); return images;",
        "`Random.NextDouble`")]
    [InlineData("if ([|rand|](1).item<float>() < .5) return images; return images * 2;", "`rand`")]
    [InlineData("return [|rand|](1).ToSingle() < .5 ? images : images * 2;", "`rand`")]
    [InlineData(
        "return random.[|Next|](3) switch { 0 => images, 1 => images.flip(2), _ => images.flip(3) };",
        "`Random.Next`")]
    [InlineData(
        "switch (random.[|Next|](2)) { case 0: return images; default: return images.flip(3); }",
        "`Random.Next`")]
    [InlineData(
        "switch (random.[|Next|](2)) { case 0: images = images.flip(3); break; } return images;",
        "`Random.Next`")]
    [InlineData("for (var i = 0; i < random.[|Next|](3); i++) images = images * 2; return images;", "`Random.Next`")]
    [InlineData("while (random.[|NextDouble|]() < .5) images = images * 2; return images;", "`Random.NextDouble`")]
    [InlineData(
        "return Lot() ? images : images * 2; bool Lot() => random.[|NextDouble|]() < .5;",
        "`Random.NextDouble`")]
    [InlineData("return functional.[|fractional_max_pool2d|](images, 2, 14);", "`fractional_max_pool2d`")]
    [InlineData("return FractionalMaxPool2d(2, 14).[|call|](images);", "`FractionalMaxPool2d`")]
    public void Finds_ways_that_are_drawn(string body, string what) => Finds(body, what);

    [Theory]
    [InlineData(
        "if (Random.Shared.NextDouble() < 0.01) Console.WriteLine(images.mean().item<float>()); return images;")]
    [InlineData("if (Random.Shared.NextDouble() < 0.01) seen++; return images;")]
    [InlineData("if (new Random(3).NextDouble() < 0.5) return images; return images * 2;")]
    [InlineData("if (training && random.NextDouble() < 0.5) return images.flip(3); return images;")]
    [InlineData("var lot = training && random.NextDouble() < 0.5; return lot ? images.flip(3) : images;")]
    [InlineData("if (random.NextDouble() < -1) throw new InvalidOperationException(); return images;")]
    [InlineData("switch (random.Next(2)) { case 0: Console.WriteLine(); break; } return images;")]
    public void Accepts_draws_that_decide_about_nothing(string body) => Accepts(Module(body));

    /// <summary>Monte Carlo dropout, whichever way the modules are switched.</summary>
    [Theory]
    [InlineData("foreach (var m in modules()) m.[|train|](); return dropout.call(images);", "`train`")]
    [InlineData(
        "foreach (var m in children()) { if (m is Dropout d) d.[|train|](); } return dropout.call(images);",
        "`Dropout` in training mode")]
    [InlineData("foreach (var (_, m) in named_children()) m.[|train|](true); return dropout.call(images);", "`train`")]
    [InlineData("[|train|](); return dropout.call(images);", "`train`")]
    [InlineData("this.[|train|](); return body.call(images);", "`train`")]
    [InlineData("body.[|train|](); return body.call(images);", "`train`")]
    [InlineData("dropout.[|train|](); return dropout.call(images);", "`Dropout` in training mode")]
    public void Finds_modules_that_are_switched_to_training(string body, string what) => Finds(body, what);

    [Theory]
    [InlineData("foreach (var m in modules()) m.eval(); return dropout.call(images);")]
    [InlineData("foreach (var m in modules()) m.train(false); return dropout.call(images);")]
    [InlineData("train(false); return dropout.call(images);")]
    [InlineData("train(); eval(); return dropout.call(images);")]
    [InlineData("foreach (var m in children()) m.train(); return images;")]
    [InlineData("plain.train(); return plain.call(images);")]
    public void Accepts_modules_that_draw_nothing(string body) => Accepts(Module(body));

    static void Finds(string body, string what) => Reports(Module(body), Message(what));

    static string Message(string what) =>
        $"`Drawing` draws random numbers at inference with {what} and is not IRandomized, so attacks do not average "
        + "over its draws";

    static string Module(string body) =>
        $$"""
        public sealed class Drawing : InputTransform
        {
            readonly Random random = new(1);
            readonly Dropout dropout = Dropout(0.5);
            readonly Module<Tensor, Tensor> body = Sequential(Linear(28, 28), Dropout(0.5));
            readonly Module<Tensor, Tensor> plain = Sequential(Linear(28, 28), ReLU());
            bool last;
            double scale = 0;
            public double Scale { get; set; } = 0;
            double Rate => training ? .1 : 0;
            int seen;
            bool Draws => training;
            bool Decided() { return training && seen == 0; }
            public Drawing() => RegisterComponents();
            public override Tensor forward(Tensor images) { {{body}} }
        }

        static class Ops
        {
            public static Tensor Noisy(Tensor x, bool on = false) => on ? x + randn_like(x) : x;
            public static Tensor NoisyUnless(Tensor x, bool off) { if (off) return x; return x + randn_like(x); }
            public static Tensor Chosen(Tensor x, int n, bool on) => Noisy(x, on) * n;
            public static Tensor Always(Tensor x, bool on) => on ? x : x + randn_like(x) * 2;
        }
        """;
}
