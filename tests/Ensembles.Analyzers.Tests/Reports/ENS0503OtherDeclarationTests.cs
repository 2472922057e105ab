using Ensembles.Analyzers.Reports;
using Ensembles.Analyzers.Tests.Running;
using Ensembles.Evaluation;

namespace Ensembles.Analyzers.Tests.Reports;

public class ENS0503OtherDeclarationTests : EvidenceTests<ENS0503OtherDeclaration>
{
    const string Message =
        "`Pair.evidence.json` was made for another declaration of `Pair`, or is damaged; run the study again";

    static string Marked(string snippet) => snippet.Replace("class Pair", "class [|Pair|]", StringComparison.Ordinal);

    [Theory]
    [InlineData("MeanLogit", "MeanProbability")]
    [InlineData("<MeanLogit>", "<Quorum>(Quorum = 2)")]
    [InlineData("Blurred A", "Trained A")]
    [InlineData("Blurred A", "Blurred C")]
    [InlineData("Weight = 0.5", "Weight = 0.6")]
    [InlineData("0.01)", "0.02)")]
    [InlineData("0.01)", "0.01, BehindFronts = true)")]
    [InlineData("[Member] public partial Blurred A { get; }", "")]
    public void A_declaration_that_was_changed_is_another(string text, string other) =>
        Reports(Marked(Pair.Replace(text, other, StringComparison.Ordinal)), Found.Write(), Message);

    [Fact]
    public void The_declaration_that_was_measured_is_not_however_it_is_written()
    {
        Reports(Pair, Found.Write());
        Reports(
            Pair.Replace("[Member] ", "[Ensembles.MemberAttribute(Weight = 1.0)]\n", StringComparison.Ordinal),
            Found.Write());
        Reports(Pair.Replace("Pair", "Other", StringComparison.Ordinal), Found.Write());
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{ \"format\": \"something else\" }")]
    [InlineData("\ud800 not { json")]
    public void What_is_no_evidence_is_damaged(string json) => Reports(Marked(Pair), json, Message);

    [Fact]
    public void A_file_of_megabytes_is_not_read() =>
        Reports(Marked(Pair), Found.Write() + new string(' ', Evidence.MostCharacters), Message);

    [Fact]
    public void Nested_brackets_end() => Reports(Marked(Pair), new string('[', 100_000), Message);

    [Fact]
    public void A_report_laid_out_in_another_way_is_read() => Reports(
        Pair, Found.Write().Replace("\n", "\r\n\t", StringComparison.Ordinal)
            .Replace("\"setting\"", "\"more\": [1, -2.5e3, true, null, {}], \"setting\"", StringComparison.Ordinal));

    [Fact]
    public void No_damage_to_a_report_stops_a_rule()
    {
        var random = new Random(1);
        var json = Found.Write();
        var compiled = AnalyzerRun.Compile([Snippets.Usings + Pair, Snippets.Zoo]);
        for (var i = 0; i < 2000; i++)
        {
            var (place, length) = (random.Next(json.Length), random.Next(1, 20));
            var damaged = json.Remove(place, Math.Min(length, json.Length - place));
            if (random.Next(2) == 0)
                damaged = damaged.Insert(random.Next(damaged.Length), "{\"[]\\u00".Substring(random.Next(8)));
            Evidence.Read(damaged);
            if (i % 500 == 0)
                AnalyzerRun.On(
                    compiled, editorConfig: null,
                    [new ENS0501Contribution(), new ENS0502ClaimFails(), new ENS0503OtherDeclaration()],
                    [new AdditionalJson("Pair.evidence.json", damaged)]);
        }
    }

    [Fact]
    public void What_is_written_is_read()
    {
        var strange = Found with { Setting = "\"\\\u0001\n\t \ud83d\ude00 \u00e9" };
        var read = Evidence.Read(strange.Write())!;

        Assert.Equal(strange.Setting, read.Setting);
        Assert.Equal(strange.Declaration, read.Declaration);
        Assert.Equal(strange.Components, read.Components);
        Assert.Equal(strange.Claims, read.Claims);
    }
}
