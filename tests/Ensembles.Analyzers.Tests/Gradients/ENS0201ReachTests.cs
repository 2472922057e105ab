using Ensembles.Analyzers.Gradients;
using Ensembles.Analyzers.Tests.Running;
using Ensembles.CodeFixes;

namespace Ensembles.Analyzers.Tests.Gradients;

/// <summary>What the rule follows, and what does not reach the output.</summary>
public class ENS0201ReachTests : FixTests<ENS0201NoGradient, ENS0201NoGradientFix>
{
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

        public sealed class Extension : InputTransform { public override Tensor forward(Tensor images) => images.Round(
            8); }

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
            public override Tensor forward(Tensor images) =>
                cat(images.split(1).Select(image => image.[|sign|]()).ToArray());
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
        "The gradient of `Edges` ends at `forward` of `EdgeTransform`, which leaves its surrogate out where `call` "
        + "would use it, and no surrogate takes its place");

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
            public override Tensor forward(Tensor images) =>
                images{{string.Concat(Enumerable.Repeat(" + images", 1000))}};
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
}
