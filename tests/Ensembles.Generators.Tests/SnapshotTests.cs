using Ensembles.Generators.Tests.Running;

namespace Ensembles.Generators.Tests;

public class SnapshotTests
{
    readonly GeneratorRun run = GeneratorRun.On([Sources.Defenses, Sources.Quartet, Sources.QuartetSuite]);

    [Fact]
    public void Ensemble() => Snapshot.Verify(run.Files["Demo.Quartet.g.cs"], nameof(Ensemble));

    [Fact]
    public void Suite() => Snapshot.Verify(run.Files["Demo.Tests.QuartetAblation-suite.g.cs"], nameof(Suite));

    [Fact]
    public void One_member_alone_nested_in_the_global_namespace()
    {
        var single = GeneratorRun.On([Sources.Defenses, """
            using Ensembles;

            partial record struct Outer<T>
            {
                internal partial interface IInner
                {
                    [Ensemble<MeanLogit>]
                    sealed partial class Alone<TOther> : Ensemble
                    {
                        [Member] private partial Zoo.Edges @class { get; }
                    }
                }
            }
            """]);

        Assert.Empty(single.Complaints);
        Snapshot.Verify(single.Files["Outer`1+IInner+Alone`1.g.cs"], "Alone");
    }

    [Fact]
    public void Emitted_code_compiles_without_a_warning() => Assert.Empty(run.Complaints);

    [Fact]
    public void Lines_end_alike_everywhere() => Assert.All(run.Files.Values, file => Assert.DoesNotContain('\r', file));
}
