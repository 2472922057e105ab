using static Ensembles.Evaluation.Markup;

namespace Ensembles.Evaluation;

/// <summary>A report as one self-contained HTML file: no scripts, and no fonts or pictures from elsewhere.</summary>
public static partial class HtmlReport
{
    /// <summary>The report as HTML.</summary>
    public static string Write(RobustnessReport report) => $"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <title>{Text(report.Title)}: robustness report</title>
        <style>
        {Stylesheet.Css}
        </style>
        </head>
        <body>
        <main>
        {Headline(report)}
        {Components(report)}
        {Subsets(report.Result)}
        {GateCurve(report.Result)}
        {Orthogonality(report.Result)}
        {Claims(report.Result)}
        {Curves(report.Result)}
        {Members(report.Result)}
        {Declaration(report.Result)}
        {GallerySection(report)}
        {Attack(report.Result)}
        {Reproduce(report)}
        </main>
        </body>
        </html>

        """;

    static string Warnings(AblationResult result) => result.Warnings.Count == 0 ? "" : $"""
        <div class="verdict warned"><strong>The attacks warn</strong>
        <ul>{string.Concat(result.Warnings.Select(warning => $"<li>{Text(warning)}</li>"))}</ul></div>
        """;

    static string Lowered(RobustnessResult whole) => whole.Lowered.Count == 0 ? "" : $"""
        <div class="fine">The attacks left these images, and something else broke them; they count as broken:
        <ul>{string.Concat(whole.Lowered.Select(by =>
            $"<li>{Wording.Count(by.Images, "image")} fell to: {Text(by.Source)}</li>"))}</ul></div>
        """;

    static string Headline(RobustnessReport report)
    {
        var result = report.Result;
        var at = result.Whole.At(result.Threat.Epsilon);
        var checks = result.Checks.Count == 1 ? "its check" : $"all its {result.Checks.Count} checks";
        var verdict = result.Valid
            ? $"""
                <div class="verdict"><strong>VALID</strong> The attack stands up to {checks}.
                <p class="fine">Robust accuracy is measured against the attacks named below.
                A better attack can only lower it.</p></div>
                """
            : $"""
                <div class="verdict invalid"><strong>INVALID</strong>
                <strong>These figures say nothing about robustness.</strong>
                <ul>{string.Concat(result.Invalid.Select(reason => $"<li>{Text(reason)}</li>"))}</ul></div>
                """;
        return $"""
            <header{(result.Valid ? "" : " class=\"invalid\"")}>
            <h1>{Text(report.Title)}</h1>
            <p class="sub">{Text(report.Dataset)}. Threat model: {Text(result.Threat.ToString())}, full knowledge
            of the defense. Attack: {Text(string.Join(", ", result.Attacks.Select(attack => attack.Name)))}.</p>
            {verdict}
            <p><strong>{Text(result.Reading)}</strong></p>
            {Lowered(result.Whole)}
            {Warnings(result)}
            <dl class="figures">
            {Figure(result.Valid ? "Lenient robust accuracy" : "Unproven: stood, leniently", at.Lenient)}
            {Figure(result.Valid ? "Strict robust accuracy" : "Unproven: stood, strictly", at.Strict)}
            {Figure("Clean accuracy", result.Whole.Clean)}
            {Figure("Clean images accepted", result.Whole.Coverage)}
            </dl>
            <p class="fine">{Text(Definitions(result))}</p>
            </header>
            """;
    }

    static string Figure(string name, Rate rate) =>
        $"<div><dt>{Text(name)}</dt><dd>{Wording.Percent(rate.Value)}"
        + $"<small>95% interval {Wording.Percent(rate.Low)} to {Wording.Percent(rate.High)}</small></dd></div>";

    static string Definitions(AblationResult result)
    {
        var draws = result.Whole.Survival.Draws;
        var definitions = $"All figures are shares of all {result.Count} test images, including rejected ones. "
            + "A rejected adversarial image counts as a success of the defender in the lenient figure and as a failure "
            + "in the strict one. A rejected clean image is an error in both.";
        return draws == 1 ? definitions : definitions
            + " The ensemble is randomised: an image is robust if both its clean version and its worst adversarial "
            + $"version survive in all of {draws} fresh draws; clean accuracy is the mean over draws "
            + $"({Wording.Percent(result.Whole.CleanWorst.Value)} are right in all of them).";
    }
}
