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

    /// <summary>What is computed once, in words, with the members behind it.</summary>
    public IEnumerable<(string Transform, int[] Members)> Shared =>
        transforms.Select(
            (transform, i) => (
                transform.Layers switch
                {
                    [ModuleLayer { Module: var module }] => module.GetType().Name,
                    [_] => "the first layer",
                    var layers => $"the first {layers.Count} layers",
                },
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

    /// <summary>
    /// Writes the logits [M, N, K] into a TorchScript function, as an expression; null where one of the members cannot
    /// be said there.
    /// </summary>
    /// <param name="text">The function.</param>
    /// <param name="images">What the members see.</param>
    /// <param name="isStacked">Whether members of one architecture run as one network.</param>
    public string? Script(ScriptText text, string images, bool isStacked)
    {
        var laid = Path is ConvolutionPath.ChannelsLast
            ? text.Let($"torch.contiguous({images}, memory_format=2)")
            : images;
        var logits = new string?[networks.Length];
        var shared = transforms.Select(transform => transform.Script(text, laid)).ToList();
        if (shared.Contains(null))
            return null;
        string Input(int member) => fronts[member] >= 0 ? shared[fronts[member]]! : laid;
        foreach (var (members, network) in isStacked ? stacks : [])
        {
            if (network.Script(text, Input(members[0])) is not { } together)
                return null;
            if (members.Length == networks.Length)
                return together;
            for (var i = 0; i < members.Length; i++)
                logits[members[i]] = text.Let($"torch.select({together}, 0, {i})");
        }

        for (var m = 0; m < logits.Length; m++)
        {
            if ((logits[m] ??= networks[m].Script(text, Input(m))) is null)
                return null;
        }

        return $"torch.stack([{string.Join(", ", logits)}])";
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
        !isBehindFronts && precision != ScalarType.Float16 && bounded[member].Bound(BehindTransform(member)) < 1e30;

    /// <summary>The largest magnitude that a member sees; what a transform gives are images.</summary>
    double BehindTransform(int member) =>
        fronts[member] < 0 || bounded != networks || IsOwnForward(transforms[fronts[member]]) ? 1
        : transforms[fronts[member]].Bound(1);

    /// <summary>Whether it is a module that runs its own forward.</summary>
    static bool IsOwnForward(FrozenNetwork transform) => transform.Layers is [ModuleLayer];

    /// <summary>
    /// Members that begin with equal copies of a transform get what it gives from one computation: all layers that they
    /// have in common before the first with weights of a member's own.
    /// </summary>
    void ShareTransforms(IReadOnlyList<CompiledComponent> members)
    {
        for (var m = 0; m < networks.Length; m++)
        {
            if (fronts[m] >= 0 || runsAsIs[m])
                continue;
            var same = Enumerable.Range(m + 1, networks.Length - m - 1)
                .Where(other => fronts[other] < 0 && !runsAsIs[other])
                .Select(other => (Member: other, Count: InCommon(m, other)))
                .Where(other => other.Count > 0)
                .ToList();
            if (same.Count == 0)
                continue;
            // With those that have the most in common.
            var count = same.Max(other => other.Count);
            int[] alike = [m, .. same.Where(other => other.Count == count).Select(other => other.Member)];
            // What writes into its input may not be the first to read what others read, too.
            while (count > 0 && alike.Any(
                member => networks[member].Layers.ElementAtOrDefault(count) is ReluLayer { InPlace: true }))
                count--;
            if (count == 0)
                continue;
            transforms.Add(new FrozenNetwork([.. networks[m].Layers.Take(count)]));
            foreach (var member in alike)
            {
                var dropped = networks[member].Layers.Take(count).ToList();
                if (member != m)
                    new FrozenNetwork(dropped).DisposeExcept(members[member].Frozen);
                fronts[member] = transforms.Count - 1;
                networks[member] = networks[member].Without(count);
            }
        }
    }

    /// <summary>
    /// How many first layers of two members are equal, the last of which computes something that is worth sharing.
    /// </summary>
    int InCommon(int one, int other)
    {
        var count = networks[one].Layers.Zip(networks[other].Layers)
            .TakeWhile(pair => ReferenceEquals(pair.First, pair.Second) || pair.First.IsSame(pair.Second))
            .Count();
        while (count > 0 && networks[one].Layers[count - 1] is FlattenLayer or PixelFlattenLayer or CastLayer)
            count--;
        return count;
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
            : plan.fronts[member] is >= 0 and var i ? transformed[i] ??= plan.transforms[i].RunInParts(
                IsOwnForward(plan.transforms[i]) ? images : laid, part)
            : laid;
    }
}
