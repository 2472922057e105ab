using TorchSharp;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// Makes a plan: freezes the components, measures what the machine prefers, and lays the members out accordingly.
/// </summary>
static class Planner
{
    const int SampleImages = 2;

    public static EnsemblePlan Plan(Ensemble ensemble, CompileOptions options) => Plan(ensemble, options, "");

    /// <param name="ensemble">The ensemble.</param>
    /// <param name="options">What the plan is made for.</param>
    /// <param name="why">Why no engine holds it as a whole, a line of its text.</param>
    static EnsemblePlan Plan(Ensemble ensemble, CompileOptions options, string why)
    {
        ThrowIfSenseless(options);
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        var components = ensemble.Components;
        var rule = components.Rule;
        var here = rule.Weights.device;
        var device = PlanDevice.Of(options.Device ?? here);
        var precision = PrecisionOn(device, options.Precision);
        ThrowIfNoEngine(options, device);
        components.ThrowIfUncalibrated();

        using var generator = new KeptGenerator();
        var sample = Images(SampleImages, options, here);
        var engine = options.Choices is { Engine: false } ? null : options.Engine;
        if (engine is not null)
        {
            if (Whole(ensemble, options, sample, out var reason) is { } whole)
                return whole;
            why = $"  not in {engine.Name} as a whole: {reason}\n";
        }

        var frozen = FrozenComponents.Of(components, device, sample, engine);
        var kept = new List<FrozenNetwork>();
        try
        {
            sample = sample.to(device);
            var (members, seen) = (frozen.Members, frozen.BehindFronts(sample));
            var measured = options.Choices is null
                ? PlanMeasurement.Of(members, options, precision, seen, frozen.BehindFronts)
                : null;
            if (engine is not null && (measured?.Choices.OwnForward ?? false))
                return Plan(
                    ensemble, options with { Engine = null },
                    $"{why}  not in {engine.Name} in part: it is slower than the members' own forward\n");
            var choices = options.Choices ?? measured!.Choices with { Engine = engine is not null };
            var networks = new MemberNetworks(members, choices.Layout, precision, seen, frozen.Fronts.Count > 0);
            List<FrozenNetwork> fronts = [.. frozen.Fronts.Select(front => front.Network)];
            var gates = frozen.Gates
                .Select(gate => (
                    gate.Component.On(networks.Path, ScalarType.Float32, gate.IsBehindFronts ? seen : sample),
                    gate.IsBehindFronts))
                .ToList();
            kept.AddRange([.. networks.Networks, .. fronts, .. gates.Select(gate => gate.Item1)]);
            var classes = Classes(members, seen);
            var ownRule = Owned(rule, device);
            var isScriptWanted = device.type == DeviceType.CUDA || options.ScriptOnCpu;
            var scripted = ScriptedVote.From(
                ensemble.DecisionScript, isScriptWanted, ownRule, members.Count, classes, out var voteText);
            var oneByOne = new NetworkDecisions
            {
                Members = networks,
                Fronts = fronts,
                Gates = gates,
                Rule = ownRule,
                Script = scripted,
                Options = options,
                Device = device,
                Choices = choices,
                Classes = classes,
                Turns = Turns(networks, members.Count),
            };
            var whole = InOneScript(ensemble, oneByOne, out var line);
            choices = choices with { OneScript = whole is not null };
            return new EnsemblePlan
            {
                Decisions = whole is null ? oneByOne : whole,
                Options = options,
                Device = device,
                Choices = choices,
                Description = PlanText.Of(
                    ensemble.Declaration.Name, frozen, networks, options, device, choices, voteText, measured,
                    rule.Inner.Count > 0, why + line),
            };
        }
        finally
        {
            frozen.DisposeExcept(kept);
        }
    }

    /// <summary>One function of the whole where the vote is one; null else.</summary>
    static ScriptDecisions? InOneScript(Ensemble ensemble, NetworkDecisions networks, out string line)
    {
        line = "";
        var options = networks.Options;
        return networks.Script is null || options is { SkipRejected: true } or { SkipSettled: true }
            || options.Choices is { OneScript: false }
            ? null
            : ScriptDecisions.Of(networks, ensemble.DecisionScript!, isMeasured: options.Choices is null, out line);
    }

    static EnsemblePlan? Whole(Ensemble ensemble, CompileOptions options, Tensor sample, out string reason)
    {
        reason = options.SkipRejected || options.SkipSettled ? "members are asked one after the other, to be skipped"
            : sample.device_type != DeviceType.CPU ? $"the ensemble is on {sample.device}"
            : "";
        return reason.Length > 0 ? null : EnginePlanner.Plan(ensemble, options, sample, out reason);
    }

    static void ThrowIfNoEngine(CompileOptions options, Device device)
    {
        if (options.Engine is { Name: var name } && (device.type != DeviceType.CPU || options.Precision != 0))
            throw new ArgumentException(
                $"{name} computes on the CPU and in {Precision.Float32}, and the plan is for {device} and "
                    + $"{options.Precision}: leave the engine out there.",
                nameof(options));
        if (options is { Choices.Engine: true, Engine: null })
            throw new ArgumentException(
                "The choices are those of a plan with an engine, and the options name none.", nameof(options));
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
        if (options.Choices is { } choices && (choices.Part < 1 || choices.StackUpTo < 0))
            throw new ArgumentException(
                "A plan computes at least one image at once, and stacks members up to a part of 0 or more.",
                nameof(options));
    }

    /// <summary>Random images, the same ones in every process; the global generator is left alone.</summary>
    public static Tensor Images(int count, CompileOptions options, Device device)
    {
        using var generator = new Generator(1);
        return rand([count, .. options.ImageShape], generator: generator).to(device);
    }

    static DecisionRule Owned(DecisionRule rule, Device device) => rule with
    {
        Weights = Owned(rule.Weights, device),
        Thresholds = Owned(rule.Thresholds, device),
        Inner = [.. rule.Inner.Select(inner => inner is null ? null : Owned(inner, device))],
    };

    static Tensor Owned(Tensor values, Device device) => values.detach().to(device).clone().DetachFromDisposeScope();

    static long Classes(IReadOnlyList<CompiledComponent> members, Tensor sample) =>
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
