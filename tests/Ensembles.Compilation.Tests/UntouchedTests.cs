using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Compiling.Tests;

/// <summary>Compiling and deciding by a plan leave what the ensemble's modules count and remember as it was.</summary>
public class UntouchedTests
{
    public static TheoryData<string, Func<Tally, Classifier>> Counting => new()
    {
        { "a forward of its own", tally => new CountingForward(tally) },
        { "layers", tally => new CountingLayers(tally) },
    };

    [Theory]
    [MemberData(nameof(Counting))]
    public void Modules_that_count_their_calls_have_counted_none(string what, Func<Tally, Classifier> make)
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var (tally, tallyOfGate) = (new Tally(), new Tally());
        var gate = new CountingGate(tallyOfGate);
        var ensemble = new Handmade<MeanLogit>([make(tally), make(tally)], [gate]);
        ensemble.eval();
        ensemble.CalibrateGates(Given.Images(20));
        var before = (tallyOfGate.Calls, gate.Seen.item<float>());
        ensemble.train();

        using (var plan = ensemble.Compile(new CompileOptions(2, 12, 12)))
            plan.Decide(Given.Images(20)).Dispose();

        Assert.Equal((what, 0), (what, tally.Calls));
        Assert.Equal(before, (tallyOfGate.Calls, gate.Seen.item<float>()));
        Assert.True(ensemble.modules().All(module => module.training));
    }

    /// <summary>
    /// A member that works in place changes neither the caller's images nor what the next member sees.
    /// </summary>
    [Fact]
    public void Images_stay_as_they_are_behind_a_forward_that_works_in_place()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var ensemble = new Handmade<MeanLogit>([new InPlace(), new Layered(Given.SmallNetwork())]);
        ensemble.eval();
        using var plan = ensemble.Compile(Given.Options);
        var images = Given.Images(9);
        PlanAssert.DecidesAlike(ensemble, plan, images);
        Assert.True(images.Equals(Given.Images(9)));
    }

    [Fact]
    public void A_module_that_runs_as_it_is_is_called_once_where_nobody_else_can_say_how_many_classes_there_are()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var calls = 0;
        var alone = new Handmade<MeanLogit>([new Calling(() => calls++)]);
        alone.eval();
        alone.Compile(new CompileOptions(2, 12, 12)).Dispose();
        Assert.Equal(1, calls);

        var beside = new Handmade<MeanLogit>([new Calling(() => calls++), new Layered(Given.SmallNetwork())]);
        beside.eval();
        beside.Compile(new CompileOptions(2, 12, 12)).Dispose();
        Assert.Equal(1, calls);
    }

    [Fact]
    public void Layers_whose_module_cannot_be_copied_are_compared_with_one_call_of_it_in_evaluation_mode()
    {
        using var scope = NewDisposeScope();
        manual_seed(1);
        var modes = new List<bool>();
        var ensemble = new Handmade<MeanLogit>([new CallingLayers(modes.Add)]);
        ensemble.train();
        using var plan = ensemble.Compile(new CompileOptions(2, 12, 12));

        Assert.Equal([false], modes);
        Assert.True(ensemble.modules().All(module => module.training));
        Assert.DoesNotContain("runs as it is", plan.ToString());
        ensemble.eval();
        PlanAssert.DecidesAlike(ensemble, plan, Given.Images(9));
    }

    [Fact]
    public void What_never_changes_is_the_same_object_in_a_copy_and_what_may_is_another()
    {
        manual_seed(1);
        var ensemble = new Handmade<MeanLogit>([new Moody()]);
        ensemble.eval();
        using var plan = ensemble.Compile(Given.Options);
        using var images = Given.Images(9);

        Assert.Contains("own forward on a frozen copy: Moody", plan.ToString());
        PlanAssert.DecidesAlike(ensemble, plan, images);
    }

    /// <summary>What a module counts, outside of it.</summary>
    public sealed class Tally
    {
        public int Calls { get; set; }
    }

    sealed class CountingForward(Tally tally) : Classifier
    {
        readonly TorchSharp.Modules.Linear linear = Linear(288, Given.Classes);
        bool isRegistered;

        public override Tensor forward(Tensor images)
        {
            tally.Calls++;
            isRegistered = true;
            return linear.call(images.flatten(1)) * (isRegistered ? 1 : 0);
        }
    }

    sealed class CountingLayers(Tally tally) : Classifier, ILayered
    {
        readonly TorchSharp.Modules.Sequential network = Given.SmallNetwork();

        public IReadOnlyList<Module<Tensor, Tensor>> Layers => [network];

        public override Tensor forward(Tensor images)
        {
            tally.Calls++;
            return network.call(images);
        }
    }

    sealed class CountingGate : Detector
    {
        readonly Tally tally;

        public CountingGate(Tally tally)
        {
            this.tally = tally;
            Seen = zeros(1).DetachFromDisposeScope();
            register_buffer("seen", Seen);
        }

        public Tensor Seen { get; }

        public override Tensor forward(Tensor images)
        {
            tally.Calls++;
            Seen.add_(images.size(0));
            return images.flatten(1).std(1);
        }
    }

    sealed class Calling : Classifier
    {
        readonly TorchSharp.Modules.Linear linear = Linear(288, Given.Classes);
        readonly Action called;

        public Calling(Action called)
        {
            this.called = called;
            RegisterComponents();
        }

        public override Tensor forward(Tensor images)
        {
            called();
            return linear.call(images.flatten(1));
        }
    }

    sealed class CallingLayers : Classifier, ILayered
    {
        readonly TorchSharp.Modules.Sequential network = Given.SmallNetwork();
        readonly Action<bool> calledInTraining;

        public CallingLayers(Action<bool> calledInTraining)
        {
            this.calledInTraining = calledInTraining;
            RegisterComponents();
        }

        public IReadOnlyList<Module<Tensor, Tensor>> Layers => [network];

        public override Tensor forward(Tensor images)
        {
            calledInTraining(training);
            return network.call(images);
        }
    }

    /// <summary>Asks which of a few fixed objects it holds, and keeps a list that grows.</summary>
    sealed class Moody : Classifier
    {
        readonly TorchSharp.Modules.Linear linear = Linear(288, Given.Classes);
        readonly Mood mood = Mood.Good;
        readonly Queue<int> sizes = new();

        public Moody() => RegisterComponents();

        public override Tensor forward(Tensor images)
        {
            sizes.Enqueue((int)images.size(0));
            return linear.call(images.flatten(1)) * (ReferenceEquals(mood, Mood.Good) ? 2 : 1);
        }
    }

    sealed class InPlace : Classifier
    {
        readonly TorchSharp.Modules.Linear linear = Linear(288, Given.Classes);

        public InPlace() => RegisterComponents();

        public override Tensor forward(Tensor images) => linear.call(images.sub_(0.5).flatten(1));
    }

    sealed record Mood(string Name)
    {
        public static readonly Mood Good = new("good");
    }
}
