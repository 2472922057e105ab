using Ensembles.Analyzers.Gradients;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Gradients;

/// <summary>Functions and modules that constructors put into fields, lists and other modules.</summary>
public class ENS0201ObjectsTests : RuleTests<ENS0201NoGradient>
{
    const string Parts = """

        public sealed class Applied(Func<Tensor, Tensor> function) : Module<Tensor, Tensor>("applied")
        {
            public override Tensor forward(Tensor x) => function(x);
        }

        public sealed class Kept : Module<Tensor, Tensor>
        {
            readonly Func<Tensor, Tensor> function;
            public Kept(Func<Tensor, Tensor> function) : base("kept") => this.function = function;
            public override Tensor forward(Tensor x) => function(x);
        }

        public sealed class Around(Module<Tensor, Tensor> inner) : Module<Tensor, Tensor>("around")
        {
            public override Tensor forward(Tensor x) => inner.call(x) * 2;
        }

        public abstract class Templated(Func<Tensor, Tensor> function) : Module<Tensor, Tensor>("template")
        {
            protected abstract Tensor Prepare(Tensor x);
            public override Tensor forward(Tensor x) => function(Prepare(x));
        }

        public interface IStep { Tensor Do(Tensor x); }

        public sealed class Pair<T>(Func<T, T> first, Func<T, T> second)
        {
            public T First(T x) => first(x);
            public T Second(T x) => second(x);
        }

        """;

    [Theory]
    [InlineData("readonly Func<Tensor, Tensor> step = x => x.[|round|]();", "step(images)")]
    [InlineData("static readonly Func<Tensor, Tensor> step = x => x.[|round|]();", "step(images)")]
    [InlineData(
        "readonly Func<Tensor, Tensor> step = Round; static Tensor Round(Tensor x) => x.[|round|]();", "step(images)")]
    [InlineData(
        "readonly Func<Tensor, Tensor> step; public Holder(bool hard) { if (hard) step = x => x.[|round|](); else "
        + "step = x => x; }",
        "step(images)")]
    [InlineData(
        "readonly Func<Tensor, Tensor> step; public Holder() : this(x => x.[|round|]()) { } Holder(Func<Tensor, "
        + "Tensor> step) => this.step = step;",
        "step(images)")]
    [InlineData("public Func<Tensor, Tensor> Step { get; set; } = x => x.[|round|]();", "Step(images)")]
    [InlineData(
        "readonly Func<Tensor, Tensor>[] steps = [x => x * 2, x => x.[|round|]()];", "All(images)",
        "Tensor All(Tensor x) { foreach (var step in steps) x = step(x); return x; }")]
    [InlineData(
        "readonly List<Func<Tensor, Tensor>> steps = [x => x * 2, x => x.[|round|]()];",
        "steps.Aggregate(images, (x, step) => step(x))")]
    [InlineData(
        "readonly Dictionary<string, Func<Tensor, Tensor>> steps = new() { [\"hard\"] = x => x.[|round|]() };",
        "steps[\"hard\"](images)")]
    [InlineData("readonly Pair<Tensor> pair = new(x => x.[|round|](), x => x);", "pair.First(images)")]
    [InlineData(
        "readonly IStep step = new Hard(); sealed class Hard : IStep { public Tensor Do(Tensor x) => x.[|round|](); }",
        "step.Do(images)")]
    public void Follows_functions_from_where_they_are_set(string members, string result, string more = "") => Reports(
        Holder(
            $"{members}\n{more}",
            result), "The gradient of `Holder` ends at `round`, and no surrogate takes its place");

    [Theory]
    [InlineData("readonly Applied part = new(x => x.[|round|]());")]
    [InlineData("readonly Kept part = new(x => x.[|round|]());")]
    [InlineData(
        "readonly Applied part = Levels(8); static Applied Levels(int levels) => new(x => (x * levels).[|round|]() / "
        + "levels);")]
    [InlineData("readonly Module<Tensor, Tensor> part = Sequential(Flatten(), new Applied(x => x.[|round|]()));")]
    [InlineData(
        "readonly Module<Tensor, Tensor> part = Sequential((\"flat\", Sequential((\"hard\", new Kept(x => "
        + "x.[|round|]())))), (\"last\", Linear(4, 2)));")]
    [InlineData("readonly Around part = new(new Applied(x => x.[|round|]()));")]
    [InlineData(
        "readonly Module<Tensor, Tensor> part; public Holder(bool hard) { part = hard ? Sequential(new Kept(x => "
        + "x.[|round|]()), Flatten()) : Flatten(); RegisterComponents(); }")]
    [InlineData(
        "readonly Module<Tensor, Tensor> part; public Holder(bool soft) { if (soft) part = Flatten(); else part = "
        + "new Kept(x => x.[|round|]()); RegisterComponents(); }")]
    [InlineData(
        "readonly Module<Tensor, Tensor> part; public Holder() { part = Build(); RegisterComponents(); } static "
        + "Module<Tensor, Tensor> Build() => Sequential(new Kept(x => x.[|round|]()), Flatten());")]
    [InlineData(
        "readonly Sequential part; public Holder() { var layers = new List<(string, Module<Tensor, Tensor>)>(); "
        + "layers.Add((\"hard\", new Kept(x => x.[|round|]()))); part = Sequential(layers); RegisterComponents(); }")]
    [InlineData(
        "readonly Sequential part = Sequential(Flatten()); public Holder() { part.append(\"hard\", new Kept(x => "
        + "x.[|round|]())); RegisterComponents(); }")]
    [InlineData(
        "readonly Templated part = new Hard(); sealed class Hard() : Templated(x => x) { protected override Tensor "
        + "Prepare(Tensor x) => x.[|round|](); }",
        "part.call(images)", "Hard")]
    [InlineData(
        "readonly Templated part = new Hard(); sealed class Hard() : Templated(x => x.[|round|]()) { protected "
        + "override Tensor Prepare(Tensor x) => x; }",
        "part.call(images)", "Hard")]
    [InlineData(
        "readonly Module<Tensor, Tensor>? part = new Applied(x => x.[|round|]());",
        "part is { } step ? step.call(images) : images")]
    [InlineData(
        "readonly ModuleList<Module<Tensor, Tensor>> parts = new(Flatten(), new Applied(x => x.[|round|]()));",
        "All(images)")]
    [InlineData(
        "readonly ModuleList<Module<Tensor, Tensor>> parts = new(); public Holder() { parts.Add(Flatten()); "
        + "parts.Add(new Applied(x => x.[|round|]())); RegisterComponents(); }",
        "All(images)")]
    [InlineData(
        "readonly Module<Tensor, Tensor>[] parts = [Flatten(), new Applied(x => x.[|round|]())];", "All(images)")]
    [InlineData(
        "readonly ModuleList<Module<Tensor, Tensor>> parts = new(Flatten(), new Applied(x => x.[|round|]()));",
        "parts[1].call(images)")]
    [InlineData(
        "readonly ModuleDict<Module<Tensor, Tensor>> named = ModuleDict<Module<Tensor, Tensor>>((\"hard\", new "
        + "Applied(x => x.[|round|]())));",
        "named[\"hard\"].call(images)")]
    public void Follows_modules_from_where_they_are_made(
        string members, string result = "part.call(images)", string owner = "Holder") => Reports(
        Holder(members, result), $"The gradient of `{owner}` ends at `round`, and no surrogate takes its place");

    [Theory]
    [InlineData("readonly Applied soft = new(x => x * 2), hard = new(x => x.round());", "soft.call(images)")]
    [InlineData("readonly Pair<Tensor> pair = new(x => x.round(), x => x);", "pair.Second(images)")]
    [InlineData(
        "readonly ModuleList<Module<Tensor, Tensor>> parts = new(Flatten(), new EdgeTransform(0.2));", "All(images)")]
    [InlineData("readonly Func<Tensor, Tensor> augment = x => x.round();", "training ? augment(images) : images")]
    [InlineData(
        "readonly Action<Tensor> log = x => Console.WriteLine(x.round());", "Logged(images)",
        "Tensor Logged(Tensor x) { log(x); return x; }")]
    [InlineData(
        "public event Action<Tensor>? Seen;", "Shown(images)",
        "Tensor Shown(Tensor x) { Seen?.Invoke(x.round()); return x; }")]
    [InlineData(
        "readonly Func<Tensor, Tensor, Tensor> hits = (logits, labels) => logits.argmax(1) == labels;", "images",
        "public Tensor Hits(Tensor x, Tensor y) => hits(call(x), y);")]
    [InlineData(
        "readonly Func<Tensor, Tensor> given; public Holder(Func<Tensor, Tensor> given) => this.given = given;",
        "given(images)")]
    [InlineData(
        "readonly Holder? next; public Holder(int depth) => next = depth > 0 ? new Holder(depth - 1) : null;",
        "next is null ? images : next.call(images * 2)")]
    [InlineData("static T First<T>(T x, T y) => x;", "First(images, images.round())")]
    public void Accepts_functions_and_modules_that_break_nothing(string members, string result, string more = "") =>
        Accepts(Holder($"{members}\n{more}", result));

    static string Holder(string members, string result) =>
        Parts + $$"""
        public sealed class Holder : InputTransform
        {
            {{members}}
            {{(members.Contains(" parts")
                ? "Tensor All(Tensor x) { foreach (var part in parts) x = part.call(x); return x; }"
                : "")}}
            public override Tensor forward(Tensor images) => {{result}};
        }
        """;
}
