using Ensembles.Analyzers.Declarations;
using Ensembles.Analyzers.Tests.Running;

namespace Ensembles.Analyzers.Tests.Declarations;

/// <summary>ENS0007 of ensembles that have ensembles among their members.</summary>
public class ENS0007NestingTests : RuleTests<ENS0007CannotComplete>
{
    const string Inner = """
        [Ensemble<MeanLogit>]
        public partial class Inner
        {
            [Member] public partial Blurred A { get; }
            public void Train(int epochs) { }
        }

        """;

    [Fact]
    public void Finds_an_ensemble_that_the_training_of_the_whole_would_leave_untrained() => Reports(
        Inner + """
        [Ensemble<MeanLogit>]
        public partial class Whole
        {
            [Member] public partial Inner [|First|] { get; }
            [Member] public partial Compact Last { get; }
        }
        """,
        "No code is generated for `Whole`: `First` is an ensemble with a `Train` of its own, which takes something "
        + "else than `(ILabeledImages, TrainingOptions)`, so that the whole would leave it untrained: give it one that "
        + "takes these, or write a `Train` here");

    [Fact]
    public void Accepts_one_that_can_be_trained_with_the_whole_and_a_training_of_the_whole_itself() => Accepts(
        Inner + """
        [Ensemble<MeanLogit>]
        public partial class Taught : Inner
        {
            public void Train(ILabeledImages training, Ensembles.Training.TrainingOptions options) { }
        }

        [Ensemble<MeanLogit>]
        public partial class Whole { [Member] public partial Taught First { get; } }

        [Ensemble<MeanLogit>]
        public partial class Other
        {
            [Member] public partial Inner First { get; }
            public void Train() { }
        }
        """);
}
