using Ensembles.Analyzers.Gradients;
using Ensembles.Analyzers.Tests.Running;
using Microsoft.CodeAnalysis.CSharp;

namespace Ensembles.Analyzers.Tests.Gradients;

/// <summary>Modules that end in the middle, after every seventh token: no rule throws.</summary>
public class HalfTypedTests
{
    const string Breaks = """
        public sealed class Breaks : InputTransform
        {
            readonly Random random = new();
            Tensor Half { get => half; set => half = value.round(); }
            Tensor half = zeros(1);

            public override Tensor forward(Tensor images)
            {
                using (no_grad())
                    (Half, var (values, indexes)) = (images.sign(), images.topk(3));
                Func<Tensor, Tensor> step = x => x > 0.5 ? x : throw new ArgumentException();
                foreach (var row in images.split(1).Select(step))
                    images[0] = row?.floor() ?? Half;
                return (Step(images) * 100 / random.Next()) switch { { } y => y.softmax(1), _ => images };
                Tensor Step(Tensor x) { try { return Step(x.round()); } finally { x.add_(randn_like(x)); } }
            }
        }
        """;

    public static TheoryData<string> Sources =>
        [Breaks, .. ((IEnumerable<object[]>)OrdinaryModulesTests.Modules).Select(row => (string)row[0])];

    [Theory]
    [MemberData(nameof(Sources))]
    public void Do_not_make_a_rule_throw(string source)
    {
        var tokens = CSharpSyntaxTree.ParseText(source).GetRoot().DescendantTokens().ToList();
        for (var i = 0; i < tokens.Count; i += 7)
            // A crash of an analyzer fails here.
            AnalyzerRun.On(
                [Snippets.Usings + source[..tokens[i].SpanStart]], new ENS0201NoGradient(),
                new ENS0202UndeclaredDraws(), new ENS0203Saturation());
    }
}
