using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles.Training;

/// <summary>A module in training with an optimizer of its own.</summary>
sealed class TrainedPart : IDisposable
{
    readonly TrainingOptimizer kind;
    readonly OptimizerHelper optimizer;
    readonly double rate;

    /// <param name="name">Before the names of its tensors in a checkpoint; empty for the main module.</param>
    /// <param name="module">The module.</param>
    /// <param name="kind">Its optimizer.</param>
    /// <param name="options">The options of the run.</param>
    /// <param name="claimed">Parameters that another part trains already; those of this part are added.</param>
    public TrainedPart(
        string name, Module module, TrainingOptimizer kind, TrainingOptions options, HashSet<IntPtr> claimed)
    {
        kind.ThrowIfInvalid();
        (Name, Module, this.kind, rate) = (name, module, kind, kind.LearningRate ?? options.LearningRate);
        Parameters =
        [
            .. module.named_parameters()
                .Where(p => p.parameter.requires_grad && claimed.Add(p.parameter.Handle))
                .Select(p => (p.name, p.parameter)),
        ];
        if (Parameters.Count == 0)
            throw new ArgumentException($"{module.GetName()} has no parameters to train.", nameof(module));
        optimizer = kind.Create(Parameters.Select(p => p.Parameter), rate);
    }

    public string Name { get; }

    public Module Module { get; }

    public IReadOnlyList<(string Name, Parameter Parameter)> Parameters { get; }

    /// <summary>What the optimizer remembers, by parameter and name.</summary>
    public IEnumerable<(string Name, Tensor Value)> Memory()
    {
        foreach (var (parameter, state) in States())
        {
            foreach (var (name, value) in kind.Memory(state))
                yield return ($"{Name}{parameter}/{name}", value);
        }
    }

    /// <summary>Takes up what <see cref="Memory"/> gave.</summary>
    public void Remember(Func<string, Tensor?> memory)
    {
        foreach (var (parameter, state) in States())
            kind.Remember(state, name => memory($"{Name}{parameter}/{name}"));
    }

    public void ZeroGradients() => optimizer.zero_grad();

    public void Step(LearningRateSchedule schedule, TrainingStep step)
    {
        foreach (var group in optimizer.ParamGroups)
            group.LearningRate = schedule.Rate(rate, step);
        optimizer.step();
    }

    public void Dispose() => optimizer.Dispose();

    /// <summary>The states in the order the optimizer was given the parameters.</summary>
    IEnumerable<(string Parameter, OptimizerState State)> States() =>
        Parameters.Select(p => p.Name).Zip(optimizer.state_dict().State);
}
