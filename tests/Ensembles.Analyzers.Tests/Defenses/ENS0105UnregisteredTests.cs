using Ensembles.Analyzers.Defenses;
using Ensembles.Analyzers.Tests.Running;
using Ensembles.CodeFixes;

namespace Ensembles.Analyzers.Tests.Defenses;

public class ENS0105UnregisteredTests : FixTests<ENS0105Unregistered, ENS0105UnregisteredFix>
{
    const string Forward = "public override Tensor forward(Tensor images) => images.flatten(1);";

    [Fact]
    public void Finds_constructors_that_do_not_register_or_too_early() => Reports(
        $$"""
        public class Forgotten : Classifier
        {
            readonly Linear [|first|];
            Linear [|Second|] { get; } = Linear(1, 1);
            public Forgotten() => first = Linear(1, 1);
            {{Forward}}
        }

        public class Early : Classifier
        {
            readonly Linear before;
            readonly Linear [|after|];
            public Early()
            {
                before = Linear(1, 1);
                RegisterComponents();
                after = Linear(1, 1);
            }
            {{Forward}}
        }
        """,
        "`first` of `Forgotten` is not registered: no constructor calls RegisterComponents()",
        "`Second` of `Forgotten` is not registered: no constructor calls RegisterComponents()",
        "`after` of `Early` is not registered: it is assigned after RegisterComponents()");

    [Fact]
    public void Finds_what_inheritance_hides() => Reports(
        $$"""
        public abstract class Base : Classifier
        {
            private readonly Linear [|hidden|] = Linear(1, 1);
            protected readonly Linear seen = Linear(1, 1);
            protected Base() => RegisterComponents();
        }

        public class Derived : Base
        {
            readonly Linear early = Linear(1, 1);
            readonly Linear [|late|];
            public Derived()
            {
                late = Linear(1, 1);
                RegisterComponents();
            }
            {{Forward}}
        }
        """,
        "`hidden` of `Base` is not registered: RegisterComponents() does not see private fields of a base class",
        "`late` of `Derived` is not registered: it is assigned after the base class has called RegisterComponents()");

    [Fact]
    public void Finds_collections() => Reports(
        $$"""
        public class Layers : Classifier
        {
            readonly List<Linear> [|list|] = [];
            readonly Module<Tensor, Tensor>[] [|array|] = [];
            readonly Dictionary<string, Linear> [|named|] = [];
            public Layers() => RegisterComponents();
            {{Forward}}
        }
        """,
        "`list` of `Layers` is not registered: RegisterComponents() does not look into collections; use a ModuleList",
        "`array` of `Layers` is not registered: RegisterComponents() does not look into collections; use a ModuleList",
        "`named` of `Layers` is not registered: RegisterComponents() does not look into collections; use a ModuleList");

    [Fact]
    public void Accepts_every_way_to_register() => Accepts(
        $$"""
        public class Usual : Classifier
        {
            static readonly Linear shared = Linear(1, 1);
            readonly Linear first = Linear(1, 1);
            readonly ModuleList<Linear> layers = new(Linear(1, 1));
            Linear? maybe;
            Linear Second { get; }
            public Usual() : this(1) { }
            Usual(int size)
            {
                (Second, maybe) = (Linear(size, 1), null);
                RegisterComponents();
                maybe = shared;
            }
            {{Forward}}
        }

        public class Explicit : Classifier
        {
            readonly Linear first = Linear(1, 1);
            readonly List<Linear> list = [];
            readonly Linear[] array = [];
            readonly Module<Tensor, Tensor> sequence;
            public Explicit()
            {
                register_module(nameof(first), first);
                foreach (var (layer, i) in list.Select((layer, i) => (layer, i)))
                    register_module($"layer{i}", layer);
                sequence = Sequential(array);
                register_module("sequence", sequence);
            }
            {{Forward}}
        }

        public abstract class Base : Classifier
        {
            private readonly Linear own = Linear(1, 1);
            protected Linear? seen;
            protected Base() => register_module(nameof(own), own);
        }

        public class Derived : Base
        {
            readonly Linear late;
            public Derived()
            {
                late = seen = Linear(1, 1);
                RegisterComponents();
            }
            {{Forward}}
        }

        public class NoModule
        {
            readonly Linear first = Linear(1, 1);
            public Linear First => first;
        }
        """);

    [Fact]
    public void Calls_RegisterComponents_last() => Fixes(
        $$"""
        public class Forgotten : Classifier
        {
            readonly Linear first;
            public Forgotten()
            {
                first = Linear(1, 1);
            }
            public Forgotten(Linear first) => this.first = first;
            public Forgotten(int size) : this() { }
            {{Forward}}
        }
        """,
        $$"""
        public class Forgotten : Classifier
        {
            readonly Linear first;
            public Forgotten()
            {
                first = Linear(1, 1);
                RegisterComponents();
            }
            public Forgotten(Linear first)
            {
                this.first = first;
                RegisterComponents();
            }
            public Forgotten(int size) : this() { }
            {{Forward}}
        }
        """);

    [Fact]
    public void Adds_a_constructor_where_there_is_none() => Fixes(
        $$"""
        public class Forgotten : Classifier
        {
            readonly Linear first = Linear(1, 1);

            {{Forward}}
        }
        """,
        $$"""
        public class Forgotten : Classifier
        {
            readonly Linear first = Linear(1, 1);

            public Forgotten()
            {
                RegisterComponents();
            }

            {{Forward}}
        }
        """);

    [Fact]
    public void Fixes_every_gap_of_one_kind_at_once() => FixesAll(
        $$"""
        public class Early : Classifier
        {
            readonly Linear first;
            readonly Linear second;
            public Early()
            {
                RegisterComponents();
                first = Linear(1, 1);
                second = Linear(1, 1);
            }
            {{Forward}}

            class Inner : Classifier
            {
                readonly Linear first = Linear(1, 1);
                readonly Linear second = Linear(1, 1);
                public Inner() { }
                {{Forward}}
            }
        }
        """,
        $$"""
        public class Early : Classifier
        {
            readonly Linear first;
            readonly Linear second;
            public Early()
            {
                first = Linear(1, 1);
                second = Linear(1, 1);
                RegisterComponents();
            }
            {{Forward}}

            class Inner : Classifier
            {
                readonly Linear first = Linear(1, 1);
                readonly Linear second = Linear(1, 1);
                public Inner()
                {
                    RegisterComponents();
                }
                {{Forward}}
            }
        }
        """);

    [Fact]
    public void Registers_by_name_what_RegisterComponents_does_not_see() => FixesAll(
        $$"""
        public abstract class Base : Classifier
        {
            private readonly Linear hidden = Linear(1, 1);
            private readonly Linear other = Linear(1, 1);
            protected Base() => RegisterComponents();
        }
        """,
        $$"""
        public abstract class Base : Classifier
        {
            private readonly Linear hidden = Linear(1, 1);
            private readonly Linear other = Linear(1, 1);
            protected Base()
            {
                RegisterComponents();
                register_module(nameof(hidden), hidden);
                register_module(nameof(other), other);
            }
        }
        """);

    [Fact]
    public void Offers_nothing_where_there_is_no_constructor_to_edit() => OffersNothing(
        $$"""
        public class Primary(int size) : Classifier
        {
            readonly Linear first = Linear(size, 1);
            {{Forward}}
        }

        public class Layers : Classifier
        {
            readonly List<Linear> list = [];
            public Layers() => RegisterComponents();
            {{Forward}}
        }
        """);
}
