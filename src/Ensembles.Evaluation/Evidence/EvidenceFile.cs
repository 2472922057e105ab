using System.Globalization;
using System.Text;

namespace Ensembles.Evaluation;

/// <summary>
/// Writes what a study found to where an editor says it: at the properties of the ensemble, by the rules ENS0501 to
/// ENS0503.
/// </summary>
public static class EvidenceFile
{
    /// <summary>
    /// Writes <c>FiveStrengths.evidence.json</c>. The rules read it in the folder of the project that declares the
    /// ensemble.
    /// </summary>
    /// <param name="result">What the study found.</param>
    /// <param name="folder">The folder, which exists.</param>
    /// <param name="date">When; today in UTC by default.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    public static void Write(AblationResult result, string folder, DateOnly? date = null) => AtomicFile.Write(
        Path.Combine(folder, $"{result.Declaration.Name}{Evidence.FileEnd}"),
        stream => stream.Write(Encoding.UTF8.GetBytes(
            Of(result, date ?? DateOnly.FromDateTime(DateTime.UtcNow)).Write())));

    internal static Evidence Of(AblationResult result, DateOnly date)
    {
        var attacks = string.Join(", ", result.Attacks.Select(attack => attack.Name));
        var day = date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
        return new Evidence(
            result.Declaration.Name,
            Declared(result.Declaration),
            $"{Wording.Count(result.Count, "image")}, {attacks} at {result.Threat}, {day}",
            [.. result.Contributions.Select(c => new ComponentEvidence(c.Component, Says(c, result.Valid)))],
            [.. result.Claims.Select(c => new ClaimEvidence(c.Component, c.Strength, Holds(c), c.Reading))]);
    }

    static string Says(Contribution contribution, bool isValid)
    {
        if (!isValid)
            return "may add anything: the attack did not stand up to its checks";
        var (with, without) = (contribution.Lenient.With.Value, contribution.Lenient.Without.Value);
        var figures = $"{Wording.Percent(with)} robust with it, {Wording.Percent(without)} without";
        return contribution.Verdict switch
        {
            Verdict.Adds => $"adds: {figures}",
            Verdict.Subtracts => $"does harm: {figures}",
            _ => $"adds nothing that shows: {figures}",
        };
    }

    static string Holds(MeasuredClaim claim) => claim.Verdict switch
    {
        ClaimVerdict.Holds => "yes",
        ClaimVerdict.Fails => claim.MayNotShow is null ? ClaimEvidence.No : "stated",
        _ => "unknown",
    };

    static string Declared(EnsembleDeclaration declared) => Evidence.DeclarationOf(
        declared.Rule,
        declared.Quorum,
        [
            .. declared.Fronts.Select(front => Evidence.PartOf("front", front.Name, front.Defense, 1)),
            .. declared.Members.Select(member =>
                Evidence.PartOf("member", member.Name, member.Defense, member.Weight)),
            .. declared.Gates.Select(gate => Evidence.PartOf(
                gate.BehindFronts ? "gate behind fronts" : "gate", gate.Name, gate.Defense, gate.FalsePositiveRate)),
            .. declared.Members.SelectMany(Inner).Order(StringComparer.Ordinal),
        ]);

    static IEnumerable<string> Inner(MemberDeclaration member) => Parts(member.Inner, member.Name)
        .Select(part => Evidence.InnerPartOf(part.Path, part.Defense));

    static IEnumerable<(string Path, string Defense)> Parts(EnsembleDeclaration? inner, string path) => inner is null
        ? []
        :
        [
            .. inner.Fronts.Select(front => ($"{path}.{front.Name}", front.Defense)),
            .. inner.Gates.Select(gate => ($"{path}.{gate.Name}", gate.Defense)),
            .. inner.Members.Select(member => ($"{path}.{member.Name}", member.Defense)),
            .. inner.Members.SelectMany(member => Parts(member.Inner, $"{path}.{member.Name}")),
        ];
}
