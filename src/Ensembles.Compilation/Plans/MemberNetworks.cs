using static TorchSharp.torch;

namespace Ensembles;

/// <summary>
/// The voting members' networks on one path and in one precision, with the transforms they share and the stacks they
/// can form.
/// </summary>
sealed class MemberNetworks
{
    readonly ScalarType precision;
    readonly FrozenNetwork[] networks;
    readonly bool[] runsAsIs;
    readonly bool isBehindFronts;

    /// <summary>What says how large the logits of a member can be, while the plan is made.</summary>
    readonly IReadOnlyList<FrozenNetwork> bounded;
    readonly int[] fronts;
    readonly List<FrozenNetwork> transforms = [];
    readonly List<(int[] Members, FrozenNetwork Network)> stacks = [];

    public MemberNetworks(
        IReadOnlyList<CompiledComponent> members,
        ConvolutionPath path,
        ScalarType precision,
        Tensor sample,
        bool isBehindFronts = false)
    {
        Path = path;
        this.isBehindFronts = isBehindFronts;
        this.precision = precision;
        networks =
        [
            .. members.Select(member => member.On(path, precision, sample)),
        ];
        runsAsIs = [.. members.Select(member => member.RunsAsIs is not null)];
        bounded = path is ConvolutionPath.Own ? [.. members.Select(member => member.Network)] : networks;
        fronts = [.. Enumerable.Repeat(-1, networks.Length)];
        ShareTransforms(members);
        foreach (var alike in Enumerable.Range(0, networks.Length)
                .Where(m => members[m].RunsAsIs is null)
                .GroupBy(m => (fronts[m], networks[m].Architecture)))
        {
            if (alike.Count() > 1 && Stacking.Of([.. alike.Select(m => networks[m])]) is { } stack)
                stacks.Add(([.. alike], stack));
        }
    }

    public ConvolutionPath Path { get; }

    /// <summary>Indices of the members that can run as one network, stack by stack.</summary>
    public IEnumerable<int[]> Stacks => stacks.Select(stack => stack.Members);

    /// <summary>Class names of the transforms that are computed once, with the members behind them.</summary>
    public IEnumerable<(string Transform, int[] Members)> Shared =>
        transforms.Select(
            (transform, i) => (
                ((ModuleLayer)transform.Layers[0]).Module.GetType().Name,
                Enumerable.Range(0, fronts.Length).Where(m => fronts[m] == i).ToArray()));

    /// <summary>Everything that holds tensors.</summary>
    public IEnumerable<FrozenNetwork> Networks =>
        [.. networks, .. stacks.Select(stack => stack.Network), .. transforms];

    /// <summary>Logits [M, N, K] of images [N, C, H, W], laid out as chosen.</summary>
    public Tensor Run(Tensor images, PlanChoices choices)
    {
        var part = Math.Min(images.size(0), choices.Part);
        var stacked = part <= choices.StackUpTo;
        var inputs = new Inputs(this, images, choices.Part);
        if (stacked && stacks is [var only] && only.Members.Length == networks.Length)
            return only.Network.RunInParts(inputs.Of(0), part, rows: 1);

        var logits = new Tensor[networks.Length];
        if (stacked)
        {
            foreach (var (members, network) in stacks)
            {
                var together = network.RunInParts(inputs.Of(members[0]), part, rows: 1);
                for (var i = 0; i < members.Length; i++)
                    logits[members[i]] = together.select(0, i);
            }
        }

        for (var m = 0; m < logits.Length; m++)
            logits[m] ??= networks[m].RunInParts(inputs.Of(m), choices.Part);
        return stack(logits);
    }

    /// <summary>What the members see of images, for <see cref="RunOne"/>.</summary>
    public Inputs InputsOf(Tensor images, PlanChoices choices) => new(this, images, choices.Part);

    /// <summary>
    /// Logits [n, K] of one member for some of the images: all of them, or those at <paramref name="rows"/>, int64 [n].
    /// </summary>
    public Tensor RunOne(int member, Inputs inputs, Tensor? rows, PlanChoices choices)
    {
        var input = inputs.Of(member);
        return networks[member].RunInParts(rows is null ? input : input.index_select(0, rows), choices.Part);
    }

    /// <summary>
    /// Whether the member's logits are finite for every image in [0, 1], since no sum inside it can come near the
    /// largest float32 (nor bfloat16; half's is 65504, and nothing is proven; nor is it of what fronts make).
    /// </summary>
    public bool IsFinite(int member) =>
        !isBehindFronts && precision != ScalarType.Float16 && bounded[member].Bound(1) < 1e30;

    /// <summary>Members whose first layer is an equal transform of the images get it from one computation.</summary>
    void ShareTransforms(IReadOnlyList<CompiledComponent> members)
    {
        for (var m = 0; m < networks.Length; m++)
        {
            if (fronts[m] >= 0 || FirstTransform(m) is not { } transform)
                continue;
            var same = Enumerable.Range(m, networks.Length - m)
                .Where(
                    other => fronts[other] < 0
                        && FirstTransform(other) is { } its
                        && SameModules.AreSame(its.Module, transform.Module))
                .ToList();
            if (same.Count < 2)
                continue;
            foreach (var member in same)
            {
                fronts[member] = transforms.Count;
                networks[member] = networks[member].WithoutFirst();
            }

            transforms.Add(new FrozenNetwork([transform]));
        }

        ModuleLayer? FirstTransform(int m) =>
            members[m].RunsAsIs is null && networks[m].Layers is [ModuleLayer { Module: InputTransform } first, ..]
                ? first
                : null;
    }

    /// <summary>
    /// What each member sees of one batch: the images, laid out once for all, or a shared transform of them, computed
    /// when it is first asked for.
    /// </summary>
    public sealed class Inputs(MemberNetworks plan, Tensor images, int part)
    {
        readonly Tensor?[] transformed = new Tensor?[plan.transforms.Count];
        readonly Tensor laid = plan.Path is ConvolutionPath.ChannelsLast && images.size(1) > 1
            ? ConvLayer.ChannelsLast(images)
            : images;

        public Tensor Of(int member) =>
            plan.runsAsIs[member] ? images
            : plan.fronts[member] is >= 0 and var i ? transformed[i] ??= plan.transforms[i].RunInParts(images, part)
            : laid;
    }
}
