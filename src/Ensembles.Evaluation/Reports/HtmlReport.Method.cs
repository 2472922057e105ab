using System.Text.RegularExpressions;
using static System.FormattableString;
using static Ensembles.Evaluation.Markup;

namespace Ensembles.Evaluation;

public static partial class HtmlReport
{
    static string Declaration(AblationResult result)
    {
        var declaration = result.Declaration;
        var fronts = declaration.AllFronts.Select(f =>
            Component(f.Name, f.Defense, "front", f.Categories, f.Strengths, $"before every member{Within(f.Name)}"));
        var members = Members(declaration, path: "");
        var gates = declaration.AllGates.Select(g =>
            Component(
                g.Name,
                g.Defense,
                "gate",
                g.Categories,
                g.Strengths,
                (Within(g.Name) is { Length: > 0 } within
                    ? $"{within[4..]} abstains on {Stated(g.FalsePositiveRate)} of clean"
                    : $"rejects {Stated(g.FalsePositiveRate)} of clean")
                    + (g.BehindFronts ? ", behind the fronts" : "")));
        var through = declaration.Fronts.Count == 0
            ? ""
            : $" that see images through {Wording.Count(declaration.Fronts.Count, "front")}";
        var rule = declaration.Rule + (declaration.Rule == nameof(Quorum) ? $" of {declaration.Quorum}" : "");
        return Section("declaration", "The ensemble as declared",
            $"""
            <p>{Text(declaration.Name)} decides by <code>{Text(rule)}</code> over
            {Wording.Count(declaration.Members.Count, "member")}{through}, behind
            {Wording.Count(declaration.Gates.Count, "gate")}.</p>
            """,
            Table("Components, their categories in Smith's taxonomy, and the strengths they claim.",
                ["Name", "Defense", "Role", "Category", "Claims", "Setting"],
                [.. fronts, .. gates, .. members],
                1, 2, 3, 4, 5),
            result.Gates.Count == 0 ? "" : Table(
                $"""
                Whether each gate keeps its rate on the {result.Count} clean test images. Its threshold was set on
                {result.ValidationCount} clean validation images; p is the probability of at least this many rejections
                if the gate keeps its stated rate.
                """,
                ["Gate", "Stated", "Rejected", "Share", "p", "Keeps its rate"],
                result.Gates.Select(g => (string[])
                [
                    Text(g.Name), Stated(g.Stated), $"{g.Rejected} of {g.Count}", Cell(g.Observed), PValue(g.P),
                    g.Keeps ? "yes" : "<span class=\"failed\">no</span>",
                ])));
    }

    /// <summary>The members, and under an ensemble among them its own.</summary>
    static IEnumerable<string[]> Members(EnsembleDeclaration? declaration, string path) => declaration is null
        ? []
        : declaration.Members.SelectMany(m => Members(m.Inner, $"{path}{m.Name}.").Prepend(Component(
            path + m.Name, m.Defense, m.Inner is null ? "member" : $"ensemble by {m.Inner.Rule}", m.Categories,
            m.Strengths, Invariant($"weight {m.Weight:0.##}{Within(path + m.Name)}"))));

    /// <summary>" in Inner" for "Inner.Edges"; nothing for what stands in the whole.</summary>
    static string Within(string path) => path.LastIndexOf('.') is > 0 and var end ? $" in {path[..end]}" : "";

    static string[] Component(
        string name, string defense, string role, IReadOnlyList<Category> categories,
        IReadOnlyList<string> strengths, string set) =>
    [
        Text(name), Text(defense), role, Text(Words(categories)),
        Text(string.Join("; ", strengths)), set,
    ];

    static string Stated(double rate) => Invariant($"{100 * rate:0.##}%");

    static string GallerySection(RobustnessReport report)
    {
        var items = report.Result.Gallery;
        return items.Count == 0 ? "" : Section("gallery", "Adversarial images",
            """
            <p>Clean image, adversarial image, and the difference between them, magnified around grey. Below each: the
            true class, what the whole decides, and what each member says in one draw.</p>
            """,
            $"<div class=\"gallery\">\n{string.Concat(items.Select(item => Card(item, report.ClassNames)))}\n</div>");
    }

    static string Card(GalleryItem item, IReadOnlyList<string> classNames)
    {
        string Name(long label) =>
            label == Decision.Reject ? "rejected" : label < classNames.Count ? classNames[(int)label] : $"{label}";
        var (decided, style) = item.Outcome switch
        {
            GalleryOutcome.Misled => ($"taken for {Name(item.Decided)}", "failed"),
            GalleryOutcome.Rejected => ("rejected", "nothing"),
            _ => ("still right", "adds"),
        };
        var members = string.Join(", ", item.Members.Select(m => $"{m.Member} {Name(m.Label)}"));
        var pictures = Image(item.Clean, "clean image")
            + Image(item.Adversarial, "adversarial image")
            + Image(item.Perturbation, "perturbation, magnified");
        return $"""
            <figure>
            <div class="triple">{pictures}</div>
            <figcaption><b>{Text(Name(item.Label))}</b>, <span class="{style}">{Text(decided)}</span>;
            test image {item.Index}, distance {Invariant($"{item.Distance:0.####}")},
            perturbation &times;{Invariant($"{item.Magnification:0.#}")}.<br>
            {Text(members)}<br><small>{Text(item.Source)}</small></figcaption>
            </figure>
            """;
    }

    static string Image(byte[] png, string alternative) =>
        $"<img alt=\"{alternative}\" src=\"data:image/png;base64,{Convert.ToBase64String(png)}\">";

    static string Attack(AblationResult result) => Section("attack", "The attack",
        Table(
            """
            What the attacker ran, knowing the defense in full: surrogate gradients where the defense has none, several
            draws where it is random, gates as part of the objective.
            """,
            ["Attack", "Class", "Hyperparameters"],
            result.Attacks.Select(a => (string[])[Text(a.Name), $"<code>{Text(a.Type)}</code>", Text(a.ToString())]),
            1, 2),
        Table(
            """
            Checks of the attack itself. A weak attack makes any defense look robust, so a report is invalid if its
            attack fails one of them.
            """,
            ["Check", "Passed", "Finding"],
            result.Checks.Select(c => (string[])
                [Text(c.Name), c.Passed ? "yes" : "<span class=\"failed\">no</span>", Text(c.Finding)]),
            1, 2),
        $"<details><summary>Every attack run, {Wording.Count(result.AllAttacks.Count(), "run")}</summary>",
        Table(
            """
            Only images whose fate is still open are attacked. A success counts if the exact decision, evaluated again,
            confirms it. Forward and backward count the images passed through the defense, including repeated draws.
            """,
            [
                "Defense", "Attack", "Criterion", "Radius",
                "Images", "Claimed", "Confirmed", "Forward", "Backward", "Time",
            ],
            result.AllAttacks.Select(a => (string[])
            [
                Text(a.Defense), Unbroken(a.Attack), Text(Words(a.Criterion)), Invariant($"{a.Epsilon:0.####}"),
                $"{a.Attacked}", $"{a.Claimed}", $"{a.Confirmed}", Short(a.Forwards), Short(a.Backwards),
                Wording.Time(a.Seconds),
            ]),
            1, 2),
        "</details>");

    static string Reproduce(RobustnessReport report)
    {
        var result = report.Result;
        return Section("reproduce", "How to repeat this",
            $"<pre>{Text(report.Command)}</pre>",
            $"""
            <p>Seed {result.Seed}; batches of {result.BatchSize} images; {result.Count} test images,
            {result.ValidationCount} validation images, {result.ClassCount} classes. The same seed repeats a run bit for
            bit on one machine with the same number of threads; on another machine the figures may differ by a few
            images.</p>
            """,
            Table("Times on the machine that made this report.", ["Step", "Time"],
            [
                .. report.Timings.Select(t => (string[])[Text(t.What), Wording.Time(t.Seconds)]),
                ["all attacks of the study", Wording.Time(result.AllAttacks.Sum(a => a.Seconds))],
            ]));
    }

    static string Short(long count) => count switch
    {
        < 10_000 => $"{count}",
        < 10_000_000 => Invariant($"{count / 1e3:0}k"),
        _ => Invariant($"{count / 1e6:0}M"),
    };

    /// <summary>"feature separation + non-robust features", or "none".</summary>
    static string Words(IReadOnlyList<Category> categories) =>
        categories.Count == 0 ? "none" : string.Join(" + ", categories.Select(category => Words($"{category}")));

    /// <summary>"FeatureSeparation" as "feature separation".</summary>
    static string Words(string name) =>
        Capital()
            .Replace(name, match => (match.Index > 0 ? " " : "") + match.Value.ToLowerInvariant())
            .Replace("non robust", "non-robust");

    [GeneratedRegex("[A-Z]")]
    private static partial Regex Capital();
}
