using System.Globalization;
using System.Text;
using static TorchSharp.torch;

namespace Ensembles;

/// <summary>Writes a plan for reading.</summary>
static class PlanText
{
    public static string Of(
        string name,
        FrozenComponents components,
        MemberNetworks networks,
        CompileOptions options,
        Device device,
        PlanChoices choices,
        string vote,
        PlanMeasurement? measured,
        bool hasInner = false,
        string engine = "")
    {
        var members = components.Members;
        var text = new StringBuilder();
        text.Append(
            CultureInfo.InvariantCulture,
            $"Plan of {name} for images [N, {string.Join(", ", options.ImageShape)}] on {device}, "
                + $"{options.Precision}\n");
        foreach (var component in components.Fronts)
            text.Append(CultureInfo.InvariantCulture, $"  front {component.Name}: {Component(component)}\n");
        foreach (var component in members)
            text.Append(CultureInfo.InvariantCulture, $"  member {component.Name}: {Component(component)}\n");
        foreach (var (component, _) in components.Gates)
            text.Append(CultureInfo.InvariantCulture, $"  gate {component.Name}: {Component(component)}\n");
        text.Append(CultureInfo.InvariantCulture, $"  vote and gates: {vote}\n");
        text.Append(engine);

        text.Append(choices.Layout switch
        {
            ConvolutionPath.Own => "  members run their own forward, on copies\n",
            ConvolutionPath.ChannelsLast => "  layout: channels last\n",
            _ => "  layout: torch's default\n",
        });
        foreach (var (transform, behind) in networks.Shared)
            text.Append(CultureInfo.InvariantCulture, $"  computed once: {transform} for {Names(behind)}\n");
        var stacked = choices.StackUpTo == 0 ? "never, it does not gain" : $"up to {choices.StackUpTo} images";
        foreach (var stack in networks.Stacks)
            text.Append(CultureInfo.InvariantCulture, $"  one network for {Names(stack)}: {stacked}\n");
        text.Append(CultureInfo.InvariantCulture, $"  parts: {choices.Part} images at once\n");
        if (options.SkipRejected)
            text.Append("  skipped: members, for images that a gate rejects\n");
        if (options.SkipSettled)
            text.Append(CultureInfo.InvariantCulture, $"  skipped, for images whose label is settled: {Spared()}\n");
        if (measured is { Rows.Count: > 0 })
            AppendGains(text, measured);
        return text.ToString();

        string Names(IEnumerable<int> indices) => string.Join(", ", indices.Select(m => members[m].Name));

        string Spared() => hasInner
            ? "none, since an ensemble is among the members"
            : Enumerable.Range(0, members.Count).Where(networks.IsFinite).ToList() is { Count: > 0 } finite
            ? Names(finite)
            : "none, since no member's logits are provably finite";
    }

    static string Component(CompiledComponent component)
    {
        if (component.RunsAsIs is { } reason)
            return $"runs as it is, on its own weights: {reason}";
        var network = component.Network;
        if (network.Layers is [EngineLayer held])
            return $"in {held.Name}";
        var text = $"{network.AllLayers.Count()} frozen layers";
        if (network.FoldedNorms > 0)
            text += $", {network.FoldedNorms} batch normalisations folded";
        if (network.AllLayers.OfType<ReluLayer>().Count(relu => relu.InPlace) is > 0 and var inPlace)
            text += $", {inPlace} activations in place";
        if (network.OwnForward.Count > 0)
            text += $", own forward on a frozen copy: {string.Join(", ", network.OwnForward)}";
        return text;
    }

    static void AppendGains(StringBuilder text, PlanMeasurement measured)
    {
        text.Append(
            CultureInfo.InvariantCulture,
            $"  times faster than {measured.Words}\n");
        var paths = measured.Rows[0].Paths.Select(path => path.Path).ToList();
        var columns = string.Concat(paths.Select(path => $"{path,15}{"one network",14}"));
        text.Append(CultureInfo.InvariantCulture, $"  {"part",8}{columns}   microseconds an image\n");
        foreach (var row in measured.Rows)
        {
            var ratios = string.Concat(row.Paths.Select(path => string.Create(
                CultureInfo.InvariantCulture,
                $"{row.Baseline / path.Separate,15:f2}{row.Baseline / path.Stacked,14:f2}")));
            text.Append(
                CultureInfo.InvariantCulture,
                $"  {row.Part,8}{ratios}{row.Paths.Min(path => path.Best) / row.Part * 1e3,24:f0}\n");
        }
    }
}
