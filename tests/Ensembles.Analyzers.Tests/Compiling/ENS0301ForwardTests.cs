using Ensembles.Analyzers.Compiling;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Compiling;

/// <summary>What keeps a forward from being a graph: the expression, and why.</summary>
public class ENS0301ForwardTests : RuleTests<ENS0301RunsEagerly>
{
    [Theory]
    [InlineData(
        "return x * [|x.max().item<float>()|];",
        "what `item` gives depends on the pixels, in `x.max().item<float>()`")]
    [InlineData("return x + [|randn_like(x)|];", "it draws random numbers, in `randn_like(x)`")]
    [InlineData(
        "return [|functional.dropout(x, 0.1)|];", "it draws random numbers, in `functional.dropout(x, 0.1)`")]
    [InlineData("[|kept = x|]; return x;", "it keeps something for later calls, in `kept = x`")]
    [InlineData("[|calls++|]; return x;", "it keeps something for later calls, in `calls++`")]
    [InlineData(
        "[|Console.WriteLine(1)|]; return x;",
        "it does something beside computing the result, in `Console.WriteLine(1)`")]
    [InlineData(
        "using var off = [|no_grad()|]; return x;", "gradients are switched, which no graph says, in `no_grad()`")]
    [InlineData("return [|x.detach()|];", "no graph has `detach` with these arguments, in `x.detach()`")]
    [InlineData(
        "return x[[|x > 0|]];",
        "no graph has such an index, but numbers, ranges and those of `TensorIndex`, in `x > 0`")]
    [InlineData("[|x[0] = x[1]|]; return x;", "it keeps something for later calls, in `x[0] = x[1]`")]
    [InlineData(
        "var y = x[.., 0]; [|y.relu_()|]; return x;",
        "it changes a tensor in place that has another name, too; without the underscore it would not, in "
            + "`y.relu_()`")]
    [InlineData(
        "var y = x; [|y.relu_()|]; return x;",
        "it changes a tensor in place that has another name, too; without the underscore it would not, in "
            + "`y.relu_()`")]
    [InlineData(
        "return [|function(x)|];",
        "the function that it calls is not known before the class is made, in `function(x)`")]
    [InlineData("return [|functional.local_response_norm(x, 2)|];",
        "no graph has `local_response_norm` with these arguments, in `functional.local_response_norm(x, 2)`")]
    [InlineData(
        "return Deep(x); Tensor Deep(Tensor t) => [|t.argmax(1)|];",
        "no graph has `argmax` with these arguments, in `t.argmax(1)`")]
    public void Names_the_expression(string body, string reason) => Reports(
        $$"""
        [Compiled]
        public partial class Network() : Module<Tensor, Tensor>("network")
        {
            readonly Func<Tensor, Tensor> function = t => t;
            Tensor? kept;
            int calls;

            public override Tensor forward(Tensor x)
            {
                {{body}}
            }

            public override string ToString() => $"{kept} {calls} {function}";
        }
        """,
        $"`Network` cannot be compiled and runs eagerly: {reason}");

    [Fact]
    public void Points_into_the_helper_of_another_class() => Reports(
        """
        static class Helpers
        {
            public static Tensor Noise(Tensor t) => t + [|rand(3)|];
        }

        [Defense(Category.Undefended)]
        public partial class Network : Classifier
        {
            public override Tensor forward(Tensor x) => Helpers.Noise(x).flatten(1);
        }
        """,
        "`Network` cannot be compiled and runs eagerly: it draws random numbers, in `rand(3)`");

    [Fact]
    public void Says_nothing_of_training_of_checks_and_of_who_did_not_ask() => Accepts(
        """
        [Compiled]
        public partial class Network() : Module<Tensor, Tensor>("network")
        {
            public override Tensor forward(Tensor x)
            {
                if (x.min().item<float>() < 0)
                    throw new ArgumentException($"{x.shape}");
                return training ? x + randn_like(x) : x;
            }
        }

        public class Unasked() : Module<Tensor, Tensor>("unasked")
        {
            public override Tensor forward(Tensor x) => x.detach();
        }
        """);
}
