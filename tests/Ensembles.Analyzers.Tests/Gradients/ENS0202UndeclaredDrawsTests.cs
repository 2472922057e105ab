using Ensembles.Analyzers.Gradients;
using Ensembles.Analyzers.Tests.Running;
using Ensembles.CodeFixes;

namespace Ensembles.Analyzers.Tests.Gradients;

public class ENS0202UndeclaredDrawsTests : FixTests<ENS0202UndeclaredDraws, ENS0202UndeclaredDrawsFix>
{
    [Theory]
    [InlineData("images + [|randn_like|](images)", "`randn_like`")]
    [InlineData("images + images.[|randn_like|]() * 0.1", "`randn_like`")]
    [InlineData("images + [|rand|](images.shape)", "`rand`")]
    [InlineData("images + torch.[|randn|](images.shape)", "`randn`")]
    [InlineData("images.index_select(0, [|randperm|](images.size(0)))", "`randperm`")]
    [InlineData("images.narrow(2, [|randint|](4, 1).item<long>(), 24)", "`randint`")]
    [InlineData("images * [|rand_like|](images).lt(0.5)", "`rand_like`")]
    [InlineData("images * full_like(images, 0.9).[|bernoulli|]()", "`bernoulli`")]
    [InlineData("images * empty_like(images).[|bernoulli_|](0.9)", "`bernoulli_`")]
    [InlineData("images + zeros_like(images).[|normal_|](0, 0.1)", "`normal_`")]
    [InlineData("images + empty_like(images).[|uniform_|](-0.1, 0.1)", "`uniform_`")]
    [InlineData("images.gather(1, images.flatten(1).[|multinomial|](1))", "`multinomial`")]
    [InlineData("functional.[|dropout|](images, 0.5, true)", "`dropout`")]
    [InlineData("functional.[|dropout|](images)", "`dropout`")]
    [InlineData("functional.[|dropout2d|](images, training: true)", "`dropout2d`")]
    [InlineData("images * new Random().[|NextDouble|]()", "`Random.NextDouble`")]
    [InlineData("images * Random.Shared.[|NextSingle|]()", "`Random.NextSingle`")]
    [InlineData("images.roll(random.[|Next|](4), 2)", "`Random.Next`")]
    [InlineData(
        "images.roll(System.Security.Cryptography.RandomNumberGenerator.[|GetInt32|](4), 2)",
        "`RandomNumberGenerator.GetInt32`")]
    [InlineData("images + [|randn|](images.shape, generator: generator)", "`randn`")]
    [InlineData("training ? images : images + [|randn_like|](images)", "`randn_like`")]
    [InlineData("distributions.Normal(images, ones(1)).[|rsample|]()", "`rsample`")]
    public void Finds_every_way_to_draw(string expression, string what) => Reports(
        $$"""
        public sealed class Drawing : InputTransform
        {
            readonly Random random = new(1);
            readonly Generator generator = new(1);
            public override Tensor forward(Tensor images) => {{expression}};
        }
        """,
        $"`Drawing` draws random numbers at inference with {what} and is not IRandomized, so attacks do not average "
        + $"over its draws");

    [Theory]
    [InlineData("training ? images + randn_like(images) : images")]
    [InlineData("functional.dropout(images, 0.5, training)")]
    [InlineData("functional.dropout(images, 0.5, training: this.training)")]
    [InlineData("functional.dropout(images, 0.5, false)")]
    [InlineData("functional.alpha_dropout(images)")]
    [InlineData("dropout.call(images)")]
    [InlineData("images + randn(images.shape, generator: new Generator(3))")]
    [InlineData("images * new Random(3).NextDouble()")]
    [InlineData("images + noise")]
    [InlineData("Seen(randn(1)) ? images : images * 2")]
    public void Accepts_training_fixed_seeds_and_what_is_drawn_once(string expression) => Accepts(
        $$"""
        public sealed class Steady : InputTransform
        {
            readonly Tensor noise = randn(28, 28);
            readonly Dropout dropout = Dropout(0.5);
            public Steady() => RegisterComponents();
            public override Tensor forward(Tensor images) => {{expression}};
            static bool Seen(Tensor x) => x.size(0) > 0;
        }
        """);

    [Fact]
    public void Names_the_module_that_draws() => Reports(
        """
        public sealed class Noise() : Module<Tensor, Tensor>("noise")
        {
            public override Tensor forward(Tensor x) => x + Draw(x);
            static Tensor Draw(Tensor x) => [|randn_like|](x);
        }

        public sealed class Noisy : Classifier
        {
            readonly Noise noise = new();
            public override Tensor forward(Tensor images) => noise.call(images).flatten(1);
        }

        public sealed class MonteCarlo : Detector
        {
            readonly Dropout dropout = Dropout(0.5);

            public override Tensor forward(Tensor images)
            {
                dropout.[|train|]();
                return dropout.call(images).mean([1, 2, 3]);
            }
        }
        """,
        "`Noise` draws random numbers at inference with `randn_like` and is not IRandomized, so attacks do not "
        + "average over its draws",
        "`MonteCarlo` draws random numbers at inference with `Dropout` in training mode and is not IRandomized, so "
        + "attacks do not average over its draws");

    [Fact]
    public void Accepts_a_declaration_on_the_class_or_on_the_module_that_draws() => Accepts(
        """
        public sealed class Noise() : Module<Tensor, Tensor>("noise"), IRandomized
        {
            public int EotSamples => 20;
            public override Tensor forward(Tensor x) => x + randn_like(x);
        }

        public sealed class Noisy : Classifier
        {
            readonly Noise noise = new();
            readonly StochasticActivationPruning pruning = new();
            public override Tensor forward(Tensor images) => pruning.call(noise.call(images)).flatten(1);
        }

        public sealed class Itself : Classifier, IRandomized
        {
            public int EotSamples => 20;
            public override Tensor forward(Tensor images) => (images + randn_like(images)).flatten(1);
        }
        """);

    [Fact]
    public void Accepts_what_does_not_reach_the_output() => Accepts(
        """
        public sealed class Sampled : InputTransform
        {
            public override Tensor forward(Tensor images)
            {
                if (Random.Shared.NextDouble() < 0.01)
                    Console.WriteLine(images.mean().item<float>());
                var like = randn_like(images).size(0);
                return images.view(like, -1);
            }
        }
        """);

    [Fact]
    public void Declares_EOT_samples() => FixesAll(
        """
        public sealed class Noise : InputTransform
        {
            public override Tensor forward(Tensor images) => images + randn_like(images) * rand(1);
        }

        public sealed class Noisy() : Classifier("noisy")
        {
            readonly Dropout dropout = Dropout(0.5);

            /// <inheritdoc/>
            public override Tensor forward(Tensor images) => functional.dropout(images, 0.5).flatten(1);
        }
        """,
        """
        public sealed class Noise : InputTransform, IRandomized
        {
            public int EotSamples => 20;

            public override Tensor forward(Tensor images) => images + randn_like(images) * rand(1);
        }

        public sealed class Noisy() : Classifier("noisy"), IRandomized
        {
            readonly Dropout dropout = Dropout(0.5);

            public int EotSamples => 20;

            /// <inheritdoc/>
            public override Tensor forward(Tensor images) => functional.dropout(images, 0.5).flatten(1);
        }
        """);
}
