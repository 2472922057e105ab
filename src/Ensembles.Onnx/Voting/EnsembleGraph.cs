using Ensembles.Graphs;
using static TorchSharp.torch;

namespace Ensembles.Onnx;

/// <summary>
/// An ensemble in evaluation mode as one graph: images, float32 [N, C, H, W], to labels, scores, member logits and,
/// where there are gates, gate scores.
/// </summary>
sealed class EnsembleGraph
{
    readonly Components components;
    readonly Capture capture;
    readonly Tensor? samples;

    /// <summary>What fronts make of the images, and of the samples, by the path through them.</summary>
    readonly Dictionary<string, (Value Value, Tensor? Samples)> behind = [];

    EnsembleGraph(Ensemble ensemble, Tensor? samples)
    {
        (components, this.samples) = (ensemble.Components, samples);
        capture = new(ensemble.GetName(), ensemble);
    }

    /// <summary>
    /// The graph. Its constants are the ensemble's own tensors, and others in the dispose scope around.
    /// </summary>
    /// <param name="ensemble">The ensemble.</param>
    /// <param name="imageShape">Channels, height and width of the images.</param>
    /// <param name="samples">
    /// Images on which the graph of each component is compared with its <c>forward</c>; null to compare nothing.
    /// </param>
    /// <exception cref="NotCapturedException">A component or a vote that no graph is made of.</exception>
    public static Graph Of(Ensemble ensemble, IEnumerable<long> imageShape, Tensor? samples = null) =>
        new EnsembleGraph(ensemble, samples).Build(imageShape);

    Graph Build(IEnumerable<long> imageShape)
    {
        var builder = capture.Graph;
        var images = builder.Input(
            "images", ScalarType.Float32, [Dimension.Batch, .. imageShape.Select(size => new Dimension(size))]);
        behind[""] = (images, samples);
        var answers = components.All
            .Where(component => !component.IsFront)
            .ToDictionary(component => component.Name, component => new Term(builder, Answer(component)));
        Term[] logits = [.. components.Members.Select(member => answers[member.Name])];
        Term[] gates = [.. components.Gates.Select(gate => answers[gate.Name])];
        try
        {
            var (scores, labels) = DecisionGraph.Of(components.Rule, logits, gates);
            List<(string, Value)> outputs =
            [
                ("labels", labels.Value), ("scores", scores.Value), ("member_logits", Stacked(logits)),
            ];
            if (gates.Length > 0)
                outputs.Add(("gate_scores", Stacked(gates)));
            return builder.Build([.. outputs]).WithoutRepeats();
        }
        catch (GraphException exception)
        {
            throw new NotCapturedException(exception.Message);
        }
    }

    /// <summary>What a member or a gate says, behind its fronts.</summary>
    Value Answer(Component component)
    {
        var path = components.Before(component).Aggregate("", (before, front) =>
        {
            var through = $"{before}/{front.Name}";
            if (!behind.ContainsKey(through))
                behind[through] = (
                    Captured(front.Name, front.Module, behind[before]),
                    behind[before].Samples is { } seen ? front.Module.call(seen) : null);
            return through;
        });
        var answer = Captured(component.Name, component.Module, behind[path]);
        var expected = component.IsMember ? "logits [N, K]" : "scores [N]";
        return answer.Type.Shape.Count == (component.IsMember ? 2 : 1)
            ? answer
            : throw new NotCapturedException($"it gives {answer.Type}, and not {expected}.", component.Name);
    }

    Value Captured(string name, nn.Module<Tensor, Tensor> module, (Value Value, Tensor? Samples) seen)
    {
        if (Draws.IsRandomized(module))
            throw new NotCapturedException("it draws random numbers, which a graph would draw otherwise.", name);
        try
        {
            // What it would write alone, compared with what it says itself.
            if (seen.Samples is not null)
                _ = module.ToGraph(seen.Samples);
            return capture.Of(module, seen.Value);
        }
        catch (GraphException exception)
        {
            throw new NotCapturedException(exception.Message, name);
        }
    }

    static Value Stacked(Term[] rows)
    {
        var stacked = rows.Select(row => row.Of(new Unsqueeze([0]))).ToArray();
        return stacked[0].Of(new Concat(0), stacked.AsSpan(1)).Value;
    }
}
