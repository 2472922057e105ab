using Ensembles.Generators.Models;

namespace Ensembles.Generators.Emission;

/// <summary>
/// Writes the vote and the gates as one TorchScript function for exactly the components that decide: the rule's own
/// statements around numbers that are known here, and a line for each gate.
/// </summary>
static class ScriptEmitter
{
    /// <summary>
    /// Writes the property of an ensemble; one that has no script of its own does not inherit another's.
    /// </summary>
    public static void WriteWhole(SourceWriter writer, EnsembleModel ensemble)
    {
        if (HasScript(ensemble, ensemble.Components))
            Write(writer, ensemble, ensemble.Components, "string?");
        else if (ensemble.IsDerived)
            writer.Write($"""

                /// <inheritdoc/>
                {Code.Generated}
                public override string? DecisionScript => null;
                """);
    }

    /// <summary>
    /// Writes the property of a variant; nothing for a rule without a script, or where an ensemble is among the
    /// members.
    /// </summary>
    /// <param name="writer">The class.</param>
    /// <param name="ensemble">The whole ensemble.</param>
    /// <param name="components">The components that decide.</param>
    public static void Write(SourceWriter writer, EnsembleModel ensemble, IEnumerable<ComponentModel> components)
    {
        if (HasScript(ensemble, components))
            Write(writer, ensemble, components, "string");
    }

    // How ensembles among the members decide is told by their own scripts, and who abstains by none.
    static bool HasScript(EnsembleModel ensemble, IEnumerable<ComponentModel> components) =>
        ensemble.Script is not null && !components.Any(component => component.IsEnsemble);

    static void Write(
        SourceWriter writer, EnsembleModel ensemble, IEnumerable<ComponentModel> components, string type)
    {
        var script = ensemble.Script!;
        var gates = components.Where(component => component.Gate is not null).Select(gate => gate.Name).ToList();
        var members = components
            .Where(component => component.Member is not null)
            .Select(member => member.Name)
            .ToList();
        // A rule of the user's own may quote, too.
        var quotes = $"{script.Scores}\n{script.Labels}".Contains("\"\"\"") ? "\"\"\"\"\"\"\"\"" : "\"\"\"";
        using var text = writer.Indented($"""

            /// <inheritdoc/>
            {Code.Generated}
            public override {type} DecisionScript => {quotes}
            """);
        foreach (var line in Lines(script, members, Math.Min(ensemble.Quorum, members.Count), gates))
            writer.Write(line);
        writer.Write($"{quotes};");
    }

    /// <summary>The function, line by line.</summary>
    /// <param name="rule">The voting rule.</param>
    /// <param name="members">Names of the members.</param>
    /// <param name="quorum">How many members must agree.</param>
    /// <param name="gates">Names of the gates.</param>
    public static IEnumerable<string> Lines(
        ScriptModel rule, IReadOnlyList<string> members, int quorum, IReadOnlyList<string> gates)
    {
        yield return "def decide(logits: Tensor, weights: Tensor, gate_scores: Tensor, thresholds: Tensor):";
        yield return $"    members = {Code.Literal(members.Count)}  # {string.Join(", ", members)}";
        yield return $"    quorum = {Code.Literal(quorum)}";
        foreach (var statement in rule.Scores.Split('\n').Concat(rule.Labels.Split('\n')))
            yield return $"    {statement.TrimEnd('\r')}";
        for (var g = 0; g < gates.Count; g++)
        {
            yield return $"    # {gates[g]} rejects what is not at most its threshold, so also what is not a number.";
            var (score, threshold) = ($"torch.select(gate_scores, 0, {g})", $"torch.select(thresholds, 0, {g})");
            yield return $"    accepted = torch.le({score}, {threshold})";
            yield return "    labels = torch.masked_fill(labels, torch.bitwise_not(accepted), -1)";
        }

        yield return "    return scores, labels";
    }
}
