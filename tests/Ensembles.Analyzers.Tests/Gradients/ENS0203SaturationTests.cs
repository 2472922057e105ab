using Ensembles.Analyzers.Gradients;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Gradients;

public class ENS0203SaturationTests : RuleTests<ENS0203Saturation>
{
    [Theory]
    [InlineData("(logits * 100).[|softmax|](1).log()", "`softmax` of values multiplied by 100")]
    [InlineData("(logits / 0.01).[|softmax|](1).log()", "`softmax` of values multiplied by 100")]
    [InlineData("functional.[|softmax|](100 * logits, 1).log()", "`softmax` of values multiplied by 100")]
    [InlineData("functional.[|log_softmax|](logits.mul(50), 1)", "`log_softmax` of values multiplied by 50")]
    [InlineData("logits.div(0.05).[|log_softmax|](1)", "`log_softmax` of values multiplied by 20")]
    [InlineData("torch.[|sigmoid|](torch.mul(logits, 17))", "`sigmoid` of values multiplied by 17")]
    [InlineData("((logits - 0.5) * -40).[|tanh|]()", "`tanh` of values multiplied by 40")]
    [InlineData("(logits * 6 / 0.2 + 1).[|sigmoid|]()", "`sigmoid` of values multiplied by 30")]
    [InlineData("(logits / temperature).[|log_softmax|](1)", "`log_softmax` of values multiplied by 100")]
    [InlineData("(logits * Sharpness).[|log_softmax|](1)", "`log_softmax` of values multiplied by 64")]
    [InlineData("(logits * Scale).[|log_softmax|](1)", "`log_softmax` of values multiplied by 32")]
    [InlineData("squash.[|call|](logits * 100)", "`sigmoid` of values multiplied by 100")]
    public void Finds_large_factors_before_a_squashing_function(string expression, string what) => Reports(
        Classifier(
            expression), $"The gradient of `Sharp` vanishes: {what} is flat for all but the smallest differences");

    [Theory]
    [InlineData("[|logits * 100|]", "100")]
    [InlineData("[|logits / 0.01|]", "100")]
    [InlineData("[|logits.mul(100)|].alias()", "100")]
    public void Finds_logits_multiplied_by_a_large_factor(string expression, string factor) => Reports(
        Classifier(
            expression), $"The gradient of `Sharp` vanishes: logits multiplied by {factor} make the softmax behind "
                + $"them flat for all but the smallest differences");

    [Theory]
    [InlineData("logits.[|softmax|](1)")]
    [InlineData("functional.[|softmax|](logits, 1).alias()")]
    [InlineData("probabilities.[|call|](logits)")]
    [InlineData("whole.[|call|](logits)")]
    public void Finds_probabilities_in_place_of_logits(string expression) => Reports(
        Classifier(
            expression), "The gradient of `Sharp` vanishes: `softmax` gives probabilities where logits are expected");

    [Theory]
    [InlineData("logits * 16")]
    [InlineData("logits / 0.07")]
    [InlineData("(logits * 255 / 255).softmax(1).log()")]
    [InlineData("logits.softmax(1).log()")]
    [InlineData("logits.log_softmax(1)")]
    [InlineData("(logits / 8).softmax(1).matmul(logits)")]
    [InlineData("logits * (100 * logits).sigmoid()")]
    [InlineData("(logits + (ones(1) - mask) * -10000).log_softmax(1)")]
    [InlineData("hidden.call(logits * 100)")]
    [InlineData("(logits * 1000).sin()")]
    [InlineData("(logits / scale).log_softmax(1)")]
    public void Accepts_moderate_factors_and_those_that_something_else_takes_in(string expression) =>
        Accepts(Classifier(expression));

    [Fact]
    public void Leaves_scores_and_transforms_as_large_as_they_are() => Accepts(
        """
        public sealed class Score : Detector { public override Tensor forward(Tensor images) => images.mean(
            [1, 2, 3]) * 1000; }
        public sealed class Bytes : InputTransform { public override Tensor forward(Tensor images) => images * 255; }
        """);

    [Fact]
    public void From_17_on_a_difference_of_1_is_certainty_in_float32()
    {
        static float Probability(float gain) => 1 / (1 + MathF.Exp(-gain));

        Assert.Equal(1, Probability(17));
        Assert.NotEqual(1, Probability(16));
    }

    static string Classifier(string expression) =>
        $$"""
        public sealed class Sharp : Classifier
        {
            const float Sharpness = 64;
            readonly double temperature = 0.01;
            readonly double scale = Environment.ProcessorCount;
            readonly Tensor mask = ones(10);
            readonly Sigmoid squash = Sigmoid();
            readonly Softmax probabilities = Softmax(1);
            readonly Module<Tensor, Tensor> whole = Sequential(Linear(10, 10), Softmax(1));
            readonly Linear hidden = Linear(10, 10);

            public Sharp() => RegisterComponents();
            public double Scale { get; set; } = 32;

            public override Tensor forward(Tensor logits) => {{expression}};
        }
        """;
}
