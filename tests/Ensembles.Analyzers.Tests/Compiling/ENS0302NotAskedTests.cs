using Ensembles.Analyzers.Compiling;
using Ensembles.Analyzers.Tests.Running;
using Ensembles.CodeFixes;

namespace Ensembles.Analyzers.Tests.Compiling;

public class ENS0302NotAskedTests : FixTests<ENS0302NotAsked, ENS0302NotAskedFix>
{
    [Fact]
    public void Names_what_a_network_lacks() => Reports(
        """
        public class [|Plain|]() : Module<Tensor, Tensor>("plain")
        {
            public override Tensor forward(Tensor x) => x.relu();
        }

        public partial class [|Half|]() : Module<Tensor, Tensor>("half")
        {
            public override Tensor forward(Tensor x) => x.relu();
        }

        [Defense(Category.Undefended)]
        public class [|Defended|] : Classifier
        {
            public override Tensor forward(Tensor x) => x.flatten(1).relu();
        }

        public class Outer
        {
            [Compiled]
            public partial class [|Inner|]() : Module<Tensor, Tensor>("inner")
            {
                public override Tensor forward(Tensor x) => x.relu();
            }
        }
        """,
        "`Plain` would be compiled from its source if it were partial and marked with [Compiled]",
        "`Half` would be compiled from its source if it were marked with [Compiled]",
        "`Defended` would be compiled from its source if it were partial",
        "`Inner` would be compiled from its source if it were partial");

    [Fact]
    public void Is_silent_where_nothing_would_come_of_it() => Accepts(
        """
        public class Looking() : Module<Tensor, Tensor>("looking")
        {
            public override Tensor forward(Tensor x) => x.max().item<float>() > 1 ? x / 2 : x;
        }

        public class Layered() : Module<Tensor, Tensor>("layered"), ILayered
        {
            public IReadOnlyList<Module<Tensor, Tensor>> Layers => [];
            public override Tensor forward(Tensor x) => x.alias();
        }

        public class Two() : Module<Tensor, Tensor, Tensor>("two")
        {
            public override Tensor forward(Tensor a, Tensor b) => a + b;
        }

        public abstract class Base() : Module<Tensor, Tensor>("base")
        {
            public override Tensor forward(Tensor x) => x.relu();
        }

        [Compiled]
        public partial class Asked() : Module<Tensor, Tensor>("asked")
        {
            public override Tensor forward(Tensor x) => x.relu();
        }
        """);

    [Fact]
    public void The_fix_marks_a_network_and_makes_it_partial_with_all_around_it() => Fixes(
        """
        public class Outer
        {
            /// <summary>A network.</summary>
            public sealed class Plain() : Module<Tensor, Tensor>("plain")
            {
                public override Tensor forward(Tensor x) => x.relu();
            }
        }
        """,
        """
        public partial class Outer
        {
            /// <summary>A network.</summary>
            [Compiled]
            public sealed partial class Plain() : Module<Tensor, Tensor>("plain")
            {
                public override Tensor forward(Tensor x) => x.relu();
            }
        }
        """);

    [Fact]
    public void The_fix_makes_every_defense_partial() => FixesAll(
        """
        [Defense(Category.Undefended)]
        public class A : Classifier
        {
            public override Tensor forward(Tensor x) => x.flatten(1);
        }

        [Defense(Category.Undefended)]
        public class B : Classifier
        {
            public override Tensor forward(Tensor x) => x.flatten(1);
        }
        """,
        """
        [Defense(Category.Undefended)]
        public partial class A : Classifier
        {
            public override Tensor forward(Tensor x) => x.flatten(1);
        }

        [Defense(Category.Undefended)]
        public partial class B : Classifier
        {
            public override Tensor forward(Tensor x) => x.flatten(1);
        }
        """);
}
