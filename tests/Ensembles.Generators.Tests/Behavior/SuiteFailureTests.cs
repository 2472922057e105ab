using System.Runtime.CompilerServices;
using Ensembles.Attacks;
using Ensembles.Xunit;

namespace Ensembles.Generators.Tests.Behavior;

public class SuiteFailureTests
{
    /// <summary>Too few images for anything to be significant.</summary>
    sealed class Suite<TTrio>(Func<TTrio> make) : AblationTests<TTrio> where TTrio : Trio
    {
        public void Adds(string name) => AssertMemberAdds(name);

        public void WholeBeatsBestMember() => AssertWholeBeatsBestMember();

        protected override AblationSetup<TTrio> Setup()
        {
            var (trio, images) = (make(), Given.Images(4));
            using var decision = trio.call(images);
            return new AblationSetup<TTrio>
            {
                Ensemble = trio,
                Test = new LabeledImages(images, decision.MemberLogits[0].argmax(-1), 3),
                Threat = new ThreatModel(Norm.Linf, 0.01),
                Attack = new Fgsm(),
            };
        }
    }

    [Fact]
    public void A_failure_leads_to_what_is_declared()
    {
        var second = Trace(() => new Suite<Trio>(() => Given.Trio()).Adds(nameof(Trio.Second)));
        var whole = Trace(() => new Suite<Trio>(() => Given.Trio()).WholeBeatsBestMember());

        var (file, trio) = DeclarationOfTrio();
        Assert.Equal(
            $"   at Ensembles.Generators.Tests.Behavior.Trio.Second in {file}:line {trio + 6}", second[0]);
        Assert.Contains("AssertMemberAdds", second[1]);
        Assert.Equal($"   at Ensembles.Generators.Tests.Behavior.Trio in {file}:line {trio}", whole[0]);
        Assert.Contains("AssertWholeBeatsBestMember", whole[1]);
    }

    [Fact]
    public void A_failure_of_what_is_inherited_leads_to_where_that_is_declared()
    {
        var second = Trace(() => new Suite<Heir>(Heirs.Heir).Adds(nameof(Heir.Second)));

        var (file, trio) = DeclarationOfTrio();
        Assert.Equal(
            $"   at Ensembles.Generators.Tests.Behavior.Heir.Second in {file}:line {trio + 6}", second[0]);
    }

    static string[] Trace(Action test) =>
        Assert.Throws<SuiteFailureException>(test).StackTrace!.Split('\n');

    // The attribute's line, and the file.
    static (string File, int Line) DeclarationOfTrio([CallerFilePath] string test = "")
    {
        var file = Path.Combine(Path.GetDirectoryName(test)!, "Declarations.cs");
        return (file, Array.IndexOf(File.ReadAllLines(file), "public partial class Trio"));
    }
}
