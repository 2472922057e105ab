using System.Globalization;
using System.Text;

namespace Ensembles.Evaluation;

/// <summary>A study's tables as CSV (RFC 4180, with a decimal point), one fact per row.</summary>
public static class ReportCsv
{
    /// <summary>The accuracies of each defense at each radius.</summary>
    public static string Accuracy(AblationResult result) => Table(
        [
            "defense", "role", "epsilon", "images", "draws", "clean", "coverage", "selective",
            "lenient", "lenient_low", "lenient_high", "strict", "strict_low", "strict_high",
            "lenient_mean", "strict_mean",
        ],
        from entry in Roles(result)
        let defense = entry.Defense
        from at in defense.Accuracies
        select new object?[]
        {
            defense.Name, entry.Role, at.Epsilon, defense.Count, defense.Survival.Draws,
            defense.Clean.Value, defense.Coverage.Value, defense.Selective,
            at.Lenient.Value, at.Lenient.Low, at.Lenient.High,
            at.Strict.Value, at.Strict.Low, at.Strict.High, at.LenientMean, at.StrictMean,
        });

    /// <summary>What each component is worth, lenient and strict, and the whole compared with each member.</summary>
    public static string Contributions(AblationResult result) => Table(
        [
            "comparison", "component", "objective", "with", "without",
            "difference", "difference_low", "difference_high", "only_with", "only_without", "p", "p_holm",
            "replayed_without", "verdict", "categories",
        ],
        [
            .. result.Contributions.SelectMany(c => new[]
            {
                Row("left out", c.Component, "lenient", c.Lenient, c.ReplayedLenient.Value, result),
                Row("left out", c.Component, "strict", c.Strict, c.ReplayedStrict.Value, result),
            }),
            .. result.VersusMembers
                .Select(m => Row("member alone", m.Member, "lenient", m.Lenient, null, result)),
            .. result.VersusControls
                .Select(c => Row(Kind(c.Kind), c.Subject, "lenient", c.Lenient, null, result)),
        ]);

    /// <summary>Each claimed strength: what was measured on the component and on the undefended classifier.</summary>
    public static string Claims(AblationResult result) => Table(
        [
            "component", "strength", "verdict", "quantity", "defense", "defense_low", "defense_high",
            "undefended", "undefended_low", "undefended_high", "required", "parts", "shows_on_parts", "reason",
        ],
        result.Claims.Select(claim => new object?[]
        {
            claim.Component, claim.Strength, claim.Verdict, claim.Quantity,
            claim.Defense?.Value, claim.Defense?.Low, claim.Defense?.High,
            claim.Twin?.Value, claim.Twin?.Low, claim.Twin?.High,
            claim.Required, claim.Parts, claim.ShowsOnParts, claim.Reason,
        }));

    /// <summary>Every subset of the components, replayed on all adversarial images of the study.</summary>
    public static string Subsets(AblationResult result) => Table(
        [
            "subset", "components", "clean", "coverage",
            "lenient", "lenient_low", "lenient_high", "strict", "strict_low", "strict_high",
        ],
        result.Subsets?.Subsets.Select(subset => new object?[]
        {
            string.Join(" + ", subset.Components), subset.Components.Count, subset.Clean.Value, subset.Coverage.Value,
            subset.Lenient.Value, subset.Lenient.Low, subset.Lenient.High,
            subset.Strict.Value, subset.Strict.Low, subset.Strict.High,
        }) ?? []);

    /// <summary>Shapley's share of each component, and the interaction of each pair.</summary>
    public static string Shares(AblationResult result) => Table(
        ["component", "with", "value", "low", "high"],
        result.Subsets is not { } subsets ? [] :
        [
            .. subsets.Shares.Select(of => Row(of.Component, null, of.Share)),
            .. subsets.Pairs.Select(pair => Row(pair.First, pair.Second, pair.Interaction)),
        ]);

    /// <summary>The ensemble with its gates at other rates, replayed on all adversarial images of the study.</summary>
    public static string Gates(AblationResult result) => Table(
        [
            "factor", "rates", "clean", "coverage",
            "lenient", "lenient_low", "lenient_high", "strict", "strict_low", "strict_high",
        ],
        result.GateCurve.Select(point => new object?[]
        {
            point.Factor,
            string.Join(" ", point.Rates.Select(rate => rate.ToString("R", CultureInfo.InvariantCulture))),
            point.Clean.Value, point.Coverage.Value,
            point.Lenient.Value, point.Lenient.Low, point.Lenient.High,
            point.Strict.Value, point.Strict.Low, point.Strict.High,
        }));

    /// <summary>How alike the members fail: transfer from one to another, gradients and errors of each pair.</summary>
    public static string Orthogonality(AblationResult result) => Table(
        ["figure", "first", "second", "value", "low", "high", "images"],
        result.Orthogonality is not { } figures ? [] :
        [
            .. figures.Transfer.Select(of => new object?[]
            {
                "transfer", of.From, of.To, of.Share?.Value, of.Share?.Low, of.Share?.High, of.Images,
            }),
            .. Pairs("gradient cosine", figures.Gradients),
            .. Pairs("error correlation", figures.Errors),
        ]);

    static IEnumerable<object?[]> Pairs(string figure, IEnumerable<PairFigure> pairs) => pairs.Select(
        of => new object?[]
        {
            figure, of.First, of.Second, of.Value?.Value, of.Value?.Low, of.Value?.High, of.Images,
        });

    static object?[] Row(string component, string? other, Estimate figure) =>
        [component, other, figure.Value, figure.Low, figure.High];

    /// <summary>For each defense and image, how many of the draws are survived at the threat's radius.</summary>
    public static string Images(AblationResult result) => Table(
        ["defense", "image", "draws", "clean", "lenient", "strict"],
        from entry in Roles(result)
        let survival = entry.Defense.Survival
        let level = survival.Level(result.Threat.Epsilon)
        from image in Enumerable.Range(0, entry.Defense.Count)
        select new object?[]
        {
            entry.Defense.Name, image, survival.Draws,
            survival.Lenient[0][image], survival.Lenient[level][image], survival.Strict[level][image],
        });

    static object?[] Row(
        string comparison,
        string component,
        string objective,
        PairedDifference d,
        double? replayed,
        AblationResult result) =>
        [
            comparison, component, objective, d.With.Value, d.Without.Value, d.Difference, d.Low, d.High,
            d.OnlyWith, d.OnlyWithout, d.P, d.CorrectedP, replayed, d.Verdict,
            string.Join("; ", CategoriesOf(component, result.Declaration)),
        ];

    static IReadOnlyList<Category> CategoriesOf(string component, EnsembleDeclaration declaration) =>
        declaration.Members.FirstOrDefault(member => member.Name == component)?.Categories
        ?? declaration.AllMembers.FirstOrDefault(member => member.Name == component)?.Categories
        ?? declaration.AllGates.FirstOrDefault(gate => gate.Name == component)?.Categories
        ?? declaration.AllFronts.FirstOrDefault(front => front.Name == component)?.Categories
        // The subject of a control may be a category.
        ?? [.. Enum.GetValues<Category>().Where(category => $"{category}" == component)];

    static string Kind(ControlKind kind) => kind switch
    {
        ControlKind.SingleCategory => "single category",
        ControlKind.Copies => "copies",
        _ => "undefended in place",
    };

    static IEnumerable<(RobustnessResult Defense, string Role)> Roles(AblationResult result) =>
    [
        (result.Whole, "whole"),
        .. result.Members.Select(member => (member, "member")),
        .. result.Reduced.Select(reduced => (reduced, "left out")),
        .. result.Controls.Select(control => (control, "control")),
        .. result.Baseline.Select(undefended => (undefended, "undefended")),
    ];

    static string Table(string[] columns, IEnumerable<object?[]> rows)
    {
        var text = new StringBuilder().AppendJoin(',', columns).Append("\r\n");
        foreach (var row in rows)
            text.AppendJoin(',', row.Select(Field)).Append("\r\n");
        return text.ToString();
    }

    static string Field(object? value)
    {
        var text = Convert.ToString(value, CultureInfo.InvariantCulture) ?? "";
        return text.AsSpan().ContainsAny(",\"\r\n") ? $"\"{text.Replace("\"", "\"\"")}\"" : text;
    }
}
