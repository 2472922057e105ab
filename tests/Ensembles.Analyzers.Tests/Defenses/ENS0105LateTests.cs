using Ensembles.Analyzers.Defenses;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Defenses;

/// <summary>Modules that are made when nothing registers them any more.</summary>
public class ENS0105LateTests : RuleTests<ENS0105Unregistered>
{
    /// <summary>Ways to make it in forward.</summary>
    [Theory]
    [InlineData("fc ??= Linear(784, 10); return fc.call(images);")]
    [InlineData("if (fc is null) fc = nn.Linear(784, 10); return fc.call(images);")]
    [InlineData("Build(); return fc!.call(images); void Build() => fc = Linear(784, 10);")]
    [InlineData("return (fc ??= Linear(784, 10)).call(images);")]
    [InlineData("return Lazy.call(images);")]
    public void Finds_modules_made_in_forward(string forward) => Reports(
        $$"""
        public class Late : Classifier
        {
            Linear? [|fc|];
            public Late() => RegisterComponents();
            Linear Lazy => fc ??= Linear(784, 10);
            public override Tensor forward(Tensor images) { {{forward}} }
        }
        """,
        "`fc` of `Late` is not registered: it is made after RegisterComponents() has run");

    [Fact]
    public void Accepts_modules_made_on_the_way_of_a_constructor_or_made_elsewhere() => Accepts(
        """
        public class Early : Classifier
        {
            Linear? fc, later;
            Module<Tensor, Tensor>? last;
            public Early() { Build(); RegisterComponents(); }
            void Build() => fc = Linear(784, 10);
            public override Tensor forward(Tensor images)
            {
                last = fc;
                if (later is null)
                {
                    later = Linear(784, 10);
                    register_module("later", later);
                }
                return last!.call(images);
            }
        }
        """);
}
