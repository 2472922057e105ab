using Ensembles.Analyzers.Gradients;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Gradients;

/// <summary>What is stored on one way through the code and returned behind it.</summary>
public class ENS0201BranchesTests : RuleTests<ENS0201NoGradient>
{
    [Theory]
    [InlineData("if (flag) y = images.[|round|](); return y;")]
    [InlineData("if (flag) return images; else return images.[|round|]();")]
    [InlineData("y = flag ? images.[|round|]() : images; return y;")]
    [InlineData(
        "switch (count) { case 1: if (flag) { y = images.[|round|](); break; } y = images * 2; break; default: "
        + "break; } return y;")]
    [InlineData(
        "switch (count) { case 1: y = images.[|round|](); goto case 2; case 2: return y; default: return images; }")]
    [InlineData(
        "switch (count) { case 2: return y; case 1: y = images.[|round|](); goto case 2; default: return images; }")]
    [InlineData(
        "foreach (var i in new[] { 1, 2 }) { if (i > 1) { y = images.[|round|](); continue; } y = images; } return y;")]
    [InlineData("while (true) { if (flag) { y = images.[|round|](); break; } y = images; } return y;")]
    [InlineData("y = images.[|round|](); for (var i = 0; i < 3; i++) { if (i == 1) break; y = images; } return y;")]
    [InlineData("do { y = y.[|round|](); } while (count > 5); return y;")]
    [InlineData("y = images.[|round|](); if (flag) goto done; y = images; done: return y;")]
    [InlineData("try { y = images * 2; } catch (InvalidOperationException) { y = images.[|round|](); } return y;")]
    [InlineData("try { y = images * 2; } finally { y = y.[|round|](); } return y;")]
    [InlineData("checked { if (flag) { y = images.[|round|](); return y; } } return images;")]
    [InlineData("void Step() => y = y.[|round|](); Step(); return y;")]
    [InlineData("Action step = () => y = y.[|round|](); step(); return y;")]
    [InlineData("Array.ForEach(new[] { 1 }, _ => y = y.[|round|]()); return y;")]
    [InlineData("var late = new Lazy<Tensor>(() => images.[|round|]()); return late.Value;")]
    [InlineData("Func<Tensor, Tensor> step = x => x; if (flag) step = x => x.[|round|](); return step(images);")]
    [InlineData("Func<Tensor, Tensor> step = flag ? x => x : x => x.[|round|](); return step(images);")]
    [InlineData("Step(ref y); return y; static void Step(ref Tensor x) => x = x.[|round|]();")]
    [InlineData(
        "Step(images, out var z); return z; static void Step(Tensor x, out Tensor result) => result = x.[|round|]();")]
    [InlineData(
        "if (Step(images, out y)) return y; return y; static bool Step(Tensor x, out Tensor result) { result = "
        + "x.[|round|](); return true; }")]
    [InlineData(
        "var cache = new Dictionary<int, Tensor> { [1] = images.[|round|]() }; return cache.TryGetValue(1, out var "
        + "kept) ? kept : throw new Exception();")]
    [InlineData("var (a, b) = (images.[|round|](), images); return a;")]
    [InlineData("var a = images; var b = images.[|round|](); (a, b) = (b, a); return a;")]
    [InlineData("(Tensor A, Tensor B) pair = (images, images); pair.A = images.[|round|](); return pair.A;")]
    [InlineData("foreach (var (a, b) in new[] { (images.[|round|](), 1) }) y = a; return y;")]
    [InlineData("if (images.[|round|]() is { } rounded) return rounded; return images;")]
    [InlineData("switch (images.[|round|]()) { case Tensor rounded: return rounded; } return images;")]
    [InlineData("return images.[|round|]() switch { { } rounded => rounded * 2 };")]
    [InlineData("y = zeros_like(images); y += images.[|round|](); return y;")]
    [InlineData("y = zeros_like(images); if (flag) y += images.[|round|](); else y += images; return y;")]
    [InlineData(
        "y = zeros_like(images); var view = y.narrow(0, 0, 1); view.copy_(images.narrow(0, 0, 1).[|round|]()); "
        + "return y;")]
    [InlineData("y = zeros_like(images); y[0] = images[0].[|round|](); return y;")]
    [InlineData("Half = images; return Half;", "Tensor Half { get => half; set => half = value.[|round|](); }")]
    [InlineData(
        "return Encode(images).Code;",
        "Codes Encode(Tensor x) => new(x.[|round|](), x); sealed record Codes(Tensor Code, Tensor Rest);")]
    public void Finds_it_on_any_way_to_the_output(string code, string more = "") => Reports(
        Stepping(code, more), "The gradient of `Stepping` ends at `round`, and no surrogate takes its place");

    [Theory]
    [InlineData(
        "for (var i = 0; i < 3; i++) { var keep = y.gt(0); if (!keep.any().item<bool>()) break; y = y * keep; } "
        + "return y;")]
    [InlineData("for (var i = 0; i < 9; i++) { if (y.norm().item<float>() < 1) break; y = y * 0.5; } return y;")]
    [InlineData("while (true) { y = images.round(); if (flag) { y = images; break; } } return y;")]
    [InlineData("try { y = y * 2; } catch (Exception) { y = images.round(); throw; } return y;")]
    [InlineData("var off = no_grad(); var mean = images.mean(); off.Dispose(); return images - mean;")]
    [InlineData(
        "Two(images, out var rounded, out var z); return rounded + z; static void Two(Tensor x, out Tensor a, out "
        + "Tensor b) { a = x.round(); b = x; }")]
    [InlineData(
        "Of(images, out var mean); return images - mean; static void Of(Tensor x, out float mean) => mean = "
        + "x.mean().item<float>();")]
    [InlineData("(Tensor A, Tensor B) pair = (images, images); pair.A = images.round(); return pair.B;")]
    [InlineData("return cat(new List<Tensor> { images, images.round() });")]
    [InlineData("half = images.round(); return images;")]
    [InlineData("y = y * 2; y.round_(); return images;")]
    [InlineData(
        "return Encode(images).Rest;",
        "Codes Encode(Tensor x) => new(x.round(), x); sealed record Codes(Tensor Code, Tensor Rest);")]
    [InlineData(
        "return (Encode(images) with { Code = images }).Code;",
        "Codes Encode(Tensor x) => new(x.round(), x); sealed record Codes(Tensor Code, Tensor Rest);")]
    public void Accepts_what_does_not_come_out(string code, string more = "") => Accepts(Stepping(code, more));

    static string Stepping(string code, string more) =>
        $$"""
        public sealed class Stepping(bool flag, int count) : InputTransform
        {
            Tensor half = zeros(1);
            {{more}}

            public override Tensor forward(Tensor images)
            {
                var y = images;
                GC.KeepAlive((flag, count, half, y));
                {{code}}
            }
        }
        """;
}
