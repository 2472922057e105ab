using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace Ensembles;

/// <summary>
/// Makes a plan: freezes the components, measures what the machine prefers, and lays the members out accordingly.
/// </summary>
static class Planner
{
    const int SampleImages = 4;

    public static EnsemblePlan Plan(Ensemble ensemble, CompileOptions options)
    {
        ThrowIfSenseless(options);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var components = ensemble.Components;
        var rule = components.Rule;
        var here = rule.Weights.device;
        var device = PlanDevice.Of(options.Device ?? here);
        var precision = PrecisionOn(device, options.Precision);
        if (options.Choices is { FuseUpTo: > 0 } && device.type != DeviceType.CPU)
            throw new ArgumentException(
                $"Fused convolutions run on the CPU, and the plan is for {device}: "
                    + "leave the choices out, and they are made for that device.",
                nameof(options));
        components.ThrowIfUncalibrated();

        var sample = Images(SampleImages, options, here);
        var (members, gates) = Freeze(ensemble, device, sample);
        var kept = new List<FrozenNetwork>();
        try
        {
            sample = sample.to(device);
            var measured = options.Choices is null
                ? PlanMeasurement.Of(members, options, precision, sample)
                : null;
            var choices = options.Choices ?? measured!.Choices;
            var small = new MemberNetworks(
                members, choices.FuseUpTo > 0 ? ConvolutionPath.Fused : choices.Layout, precision, sample);
            var large = choices.FuseUpTo is 0 || choices.FuseUpTo >= choices.Part
                ? small
                : new MemberNetworks(members, choices.Layout, precision, sample);
            var gateNetworks = gates
                .Select(gate => gate.On(small.Path, ScalarType.Float32, sample))
                .ToList();
            kept.AddRange([.. small.Networks, .. large.Networks, .. gateNetworks]);
            var classes = Classes(members, sample);
            var frozen = rule with
            {
                Weights = Owned(rule.Weights, device),
                Thresholds = Owned(rule.Thresholds, device),
            };
            var isScriptWanted = device.type == DeviceType.CUDA || options.ScriptOnCpu;
            var scripted = ScriptedVote.From(
                ensemble.DecisionScript, isScriptWanted, frozen, classes, out var voteText);
            return new EnsemblePlan
            {
                Small = small,
                Large = large,
                Gates = gateNetworks,
                Rule = frozen,
                Script = scripted,
                Options = options,
                Device = device,
                Choices = choices,
                Classes = classes,
                Turns = Turns(small, members.Count),
                Description = PlanText.Of(
                    ensemble.Declaration.Name, members, gates, small, options, device, choices, voteText, measured),
            };
        }
        finally
        {
            foreach (var network in members.Concat(gates).SelectMany(component => component.Frozen))
                network.DisposeExcept(kept);
        }
    }

    static ScalarType PrecisionOn(Device device, Precision precision) => precision switch
    {
        Precision.Float32 => ScalarType.Float32,
        Precision.BFloat16 => ScalarType.BFloat16,
        _ when device.type == DeviceType.CUDA => ScalarType.Float16,
        _ => throw new ArgumentException(
            $"{precision} is for CUDA: a CPU has no fast arithmetic for it. "
                + $"Use {Precision.BFloat16} or {Precision.Float32} there.",
            "options"),
    };

    static void ThrowIfSenseless(CompileOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (options.ImageShape is not { Length: 3 } shape || shape.Any(size => size < 1))
            throw new ArgumentException(
                "A plan is made for images of one shape: "
                    + "give channels, height and width, as in new CompileOptions(1, 28, 28).",
                nameof(options));
        if (!Enum.IsDefined(options.Precision))
            throw new ArgumentException($"There is no precision {options.Precision}.", nameof(options));
        if (options.Choices is { } choices && (choices.Part < 1 || choices.StackUpTo < 0 || choices.FuseUpTo < 0))
            throw new ArgumentException(
                "A plan computes at least one image at once, and stacks members and fuses convolutions up to a part of "
                    + "0 or more.",
                nameof(options));
    }

    /// <summary>Random images, the same ones in every process; the global generator is left alone.</summary>
    public static Tensor Images(int count, CompileOptions options, Device device)
    {
        using var generator = new Generator(1);
        return rand([count, .. options.ImageShape], generator: generator).to(device);
    }

    static (List<CompiledComponent> Members, List<CompiledComponent> Gates) Freeze(
        Ensemble ensemble, Device device, Tensor sample)
    {
        var done = new List<CompiledComponent>();
        try
        {
            var members = ensemble.Members
                .Select(member => Freeze(member.Name, member.Module, device, sample, done))
                .ToList();
            return (
                members, ensemble.Gates.Select(gate => Freeze(gate.Name, gate.Module, device, sample, done)).ToList());
        }
        catch
        {
            foreach (var network in done.SelectMany(component => component.Frozen))
                network.Dispose();
            throw;
        }
    }

    static CompiledComponent Freeze(
        string name, Module<Tensor, Tensor> module, Device device, Tensor sample, List<CompiledComponent> done)
    {
        var component = CompiledComponent.Of(name, module, device, sample);
        done.Add(component);
        if (component.RunsAsIs is not null && module.training)
            throw new InvalidOperationException(
                $"{name} runs as it is ({component.RunsAsIs}) and is in training mode: "
                    + "call eval() on the ensemble before compiling.");
        if (component.RunsAsIs is not null
            && module
                .parameters()
                .Concat(module.buffers())
                .FirstOrDefault(t => t.device_type != device.type) is { } elsewhere)
            throw new ArgumentException(
                $"{name} runs as it is ({component.RunsAsIs}), on {elsewhere.device}; the plan is for {device}. "
                    + "Move the ensemble there first.",
                "options");
        return component;
    }

    static Tensor Owned(Tensor values, Device device) => values.detach().to(device).clone().DetachFromDisposeScope();

    static long Classes(List<CompiledComponent> members, Tensor sample) =>
        (members.FirstOrDefault(member => member.RunsAsIs is null) ?? members[0]).Network
            .Run(sample.narrow(0, 0, 1))
            .size(-1);

    /// <summary>
    /// Members that might give NaN come first and see every image: a label is settled only where the others cannot take
    /// it back.
    /// </summary>
    static (int[] Order, int Always) Turns(MemberNetworks networks, int members)
    {
        var open = Enumerable.Range(0, members).ToLookup(networks.IsFinite);
        return ([.. open[false], .. open[true]], open[false].Count());
    }
}
